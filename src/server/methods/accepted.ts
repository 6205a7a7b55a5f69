import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import type {Method} from './method.js'

/**
 * What Logseq's clients tell their engine about themselves, and what they ask about a synchronisation that this
 * server does not do. It is accepted, so that they go on.
 */
export const acceptedMethods: Record<string, Method> = {
  'thread-api/db-sync-status': {
    answer: (args) =>
      new ValueMap([
        [keyword('repo'), args.at(0)],
        [keyword('graph-id'), null],
        [keyword('ws-state'), keyword('inactive')],
        [keyword('pending-local'), 0],
        [keyword('pending-asset'), 0],
        [keyword('pending-server'), 0],
      ]),
  },
  'thread-api/db-sync-stop': {answer: () => null},
  'thread-api/get-db-sync-config': {answer: () => null},
  'thread-api/set-context': {answer: () => null},
  'thread-api/set-db-sync-config': {answer: () => null},
  'thread-api/sync-app-state': {answer: () => null},
  'thread-api/update-thread-atom': {answer: () => null},
}
