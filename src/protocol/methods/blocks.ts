import {arg, methods, oneOf, optional, repo} from './spec.js'

const ID = arg('id', 'value')

/** Blocks, what is around them, and what refers to them. */
export const blocks = methods({
  'thread-api/get-blocks': {
    access: 'read',
    args: [repo, arg('requests', 'value', '[{:id :opts}]')],
    result: 'a vector of `{:id :block :children}`',
    returns: 'maps',
  },
  'thread-api/get-block-refs': {
    access: 'read',
    args: [repo, ID],
    result: 'a list of the blocks that refer to an entity',
    returns: 'maps',
  },
  'thread-api/get-block-refs-count': {
    access: 'read',
    args: [repo, ID],
    result: 'number of blocks that refer to an entity',
    returns: 'integer',
  },
  'thread-api/get-block-parents': {
    access: 'read',
    args: [repo, ID, optional('depth', 'integer')],
    result: 'a list of the ancestors of a block, the page first; at most `depth` levels, or 3',
    returns: 'maps',
  },
  'thread-api/get-block-parent': {
    access: 'read',
    args: [repo, ID],
    result: 'the parent of a block, or nil',
    returns: 'map?',
  },
  'thread-api/get-block-immediate-children': {
    access: 'read',
    args: [repo, ID],
    result: 'the direct children of a block',
    returns: 'maps',
  },
  'thread-api/get-block-sibling': {
    access: 'read',
    args: [repo, ID, oneOf('direction', ['left', 'right', 'last-child'])],
    result: 'a block, or nil',
    returns: 'map?',
  },
  'thread-api/get-block-page-info': {
    access: 'read',
    args: [repo, ID],
    result: 'the page of a block, or nil',
    returns: 'map?',
  },
  'thread-api/get-block-source': {
    access: 'read',
    args: [repo, ID],
    result: 'the page that an alias stands for, or nil',
    returns: 'map?',
  },
})
