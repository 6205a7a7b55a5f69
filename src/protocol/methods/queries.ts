import {arg, methods, oneOf, optional, repo, rest} from './spec.js'

/** Methods that read the graph as it is when their turn comes. */
export const queries = methods({
  'thread-api/q': {
    access: 'read',
    args: [repo, arg('inputs', 'vector', '[query & inputs]')],
    result: 'what `:find` says',
    returns: 'value',
  },
  'thread-api/pull': {
    access: 'read',
    args: [repo, arg('selector', 'value'), arg('id', 'value')],
    result: 'a map, or nil. A block comes with the uuid of its parent and with whole references',
    returns: 'map?',
  },
  'thread-api/datoms': {
    access: 'read',
    args: [repo, oneOf('index', ['eavt', 'aevt', 'avet']), rest('components')],
    result: 'a list of `[e a v tx added]`, in the order of the index',
    returns: 'list',
  },
  'thread-api/get-initial-data': {
    access: 'read',
    args: [repo, optional('opts', 'map')],
    result: '`{:schema :initial-data}`: what a client shows first',
    returns: 'map',
  },
  'thread-api/validate-db': {
    access: 'read',
    args: [repo, optional('opts', 'value')],
    result: 'what is wrong with entities, and counts; nothing is repaired, whatever `:fix` says',
    returns: 'map',
  },
  // Not one of Logseq's.
  'graph/check': {
    access: 'read',
    args: [repo, optional('opts', 'map')],
    result: 'what is wrong with the stored data, and counts; `:validity true` judges entities, too',
    returns: 'map',
  },
})
