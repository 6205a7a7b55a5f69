import {noOps as specs} from '../../protocol/methods/no-op.js'
import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import {implement} from './method.js'

const noOp = {answer: () => null}

export const noOpMethods = implement(specs, {
  'thread-api/cancel-ui-requests': noOp,
  'thread-api/db-sync-status': {
    answer: (_, {repo}) =>
      new ValueMap([
        [keyword('repo'), repo],
        [keyword('graph-id'), null],
        [keyword('ws-state'), keyword('inactive')],
        [keyword('pending-local'), 0],
        [keyword('pending-asset'), 0],
        [keyword('pending-server'), 0],
      ]),
  },
  'thread-api/db-sync-stop': noOp,
  'thread-api/get-db-sync-config': noOp,
  'thread-api/init': noOp,
  'thread-api/mobile-logs': noOp,
  'thread-api/reject-ui-request': noOp,
  'thread-api/release-access-handles': noOp,
  'thread-api/resolve-ui-request': noOp,
  'thread-api/set-context': noOp,
  'thread-api/set-db-sync-config': noOp,
  'thread-api/set-infer-worker-proxy': noOp,
  'thread-api/sync-app-state': noOp,
  'thread-api/update-thread-atom': noOp,
})
