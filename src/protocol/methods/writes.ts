import {arg, methods, optional, repo} from './spec.js'

/** Methods that change the graph. */
export const writes = methods({
  'thread-api/transact': {
    access: 'write',
    args: [repo, arg('tx-data', 'vector'), optional('tx-meta', 'map'), optional('context', 'map')],
    result: 'nil; the change goes to every client as the event `sync-db-changes`',
  },
})
