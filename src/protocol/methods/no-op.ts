import {methods, optional, repo, rest} from './spec.js'

const WITHOUT_EFFECT = 'nil; accepted without effect'

/**
 * Reports of Logseq's clients to their engine about themselves, and their questions about a synchronisation that this
 * server lacks. Both are accepted, so that the clients go on.
 */
export const noOps = methods({
  'thread-api/init': {access: 'control', args: [], result: WITHOUT_EFFECT, returns: 'nil'},
  'thread-api/release-access-handles': {access: 'control', args: [repo], result: WITHOUT_EFFECT, returns: 'nil'},
  'thread-api/set-context': {
    access: 'control',
    args: [optional('context', 'value')],
    result: WITHOUT_EFFECT,
    returns: 'nil',
  },
  'thread-api/sync-app-state': {
    access: 'control',
    args: [optional('state', 'value')],
    result: WITHOUT_EFFECT,
    returns: 'nil',
  },
  'thread-api/update-thread-atom': {
    access: 'control',
    args: [rest('key-and-value')],
    result: WITHOUT_EFFECT,
    returns: 'nil',
  },
  'thread-api/set-db-sync-config': {
    access: 'control',
    args: [optional('config', 'value')],
    result: WITHOUT_EFFECT,
    returns: 'nil',
  },
  'thread-api/mobile-logs': {access: 'read', args: [], result: WITHOUT_EFFECT, returns: 'nil'},
  'thread-api/set-infer-worker-proxy': {
    access: 'control',
    args: [optional('proxy', 'value')],
    result: WITHOUT_EFFECT,
    returns: 'nil',
  },
  'thread-api/resolve-ui-request': {
    access: 'control',
    args: [rest('request-and-result')],
    result: WITHOUT_EFFECT,
    returns: 'nil',
  },
  'thread-api/reject-ui-request': {
    access: 'control',
    args: [rest('request-and-error')],
    result: WITHOUT_EFFECT,
    returns: 'nil',
  },
  'thread-api/cancel-ui-requests': {
    access: 'control',
    args: [rest('requests')],
    result: WITHOUT_EFFECT,
    returns: 'nil',
  },
  'thread-api/get-db-sync-config': {access: 'read', args: [], result: WITHOUT_EFFECT, returns: 'nil'},
  'thread-api/db-sync-status': {
    access: 'read',
    args: [repo],
    result: 'a map that reports no synchronisation',
    returns: 'map',
  },
  'thread-api/db-sync-stop': {access: 'control', args: [], result: WITHOUT_EFFECT, returns: 'nil'},
})
