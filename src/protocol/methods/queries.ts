import {arg, methods, oneOf, optional, repo, rest} from './spec.js'

/** Methods that read the graph as it is when their turn comes. */
export const queries = methods({
  'thread-api/q': {
    access: 'read',
    args: [repo, arg('inputs', 'vector', '[query & inputs]')],
    result: 'the result in the form of `:find`',
    returns: 'value',
  },
  'thread-api/pull': {
    access: 'read',
    args: [repo, arg('selector', 'value'), arg('id', 'value')],
    result: 'a map, or nil. A block includes the UUID of its parent, and complete entities for its references',
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
    result: '`{:schema :initial-data}`: what a client displays first',
    returns: 'map',
  },
  'thread-api/validate-db': {
    access: 'read',
    args: [repo, optional('opts', 'value')],
    result: 'problems of entities, and counts; nothing is repaired, even with `:fix`',
    returns: 'map',
  },
  // Not one of Logseq's.
  'graph/check': {
    access: 'read',
    args: [repo, optional('opts', 'map')],
    result: 'problems of the stored data, and counts; with `:validity true` also those of entities',
    returns: 'map',
  },
})
