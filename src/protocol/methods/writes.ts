import {arg, methods, optional, repo} from './spec.js'

/** Methods that change the graph. */
export const writes = methods({
  'thread-api/apply-outliner-ops': {
    access: 'write',
    args: [repo, arg('ops', 'vector', '[[name [argument …]] …]'), optional('opts', 'map')],
    result: 'a map with the `:result` of the last operation that has one',
    returns: 'map?',
  },
  'thread-api/transact': {
    access: 'write',
    args: [repo, arg('tx-data', 'vector'), optional('tx-meta', 'map'), optional('context', 'map')],
    result: 'nil; every client gets the change as the event `sync-db-changes`',
    returns: 'nil',
  },
  // Not a write where the graph has one: a graph that is read-only is asked, too.
  'thread-api/ensure-local-graph-uuid': {
    access: 'control',
    args: [repo],
    exclusive: true,
    result: 'the own UUID of the graph; a graph without one gets a new one',
    returns: 'text',
  },
  'thread-api/gc-graph': {
    access: 'write',
    args: [repo],
    result: 'nil, when everything that the graph no longer needs is removed from the file',
    returns: 'nil',
  },
})
