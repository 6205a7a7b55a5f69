import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import type {Method} from './method.js'

/**
 * What Logseq's clients tell their engine about themselves, and what they ask about a synchronisation that this
 * server does not do. It is accepted, so that they go on.
 */
export const acceptedMethods: readonly Method[] = [
  {
    access: 'read',
    answer: (args) =>
      new ValueMap([
        [keyword('repo'), args.at(0)],
        [keyword('graph-id'), null],
        [keyword('ws-state'), keyword('inactive')],
        [keyword('pending-local'), 0],
        [keyword('pending-asset'), 0],
        [keyword('pending-server'), 0],
      ]),
    name: 'thread-api/db-sync-status',
  },
  {access: 'control', answer: () => null, name: 'thread-api/db-sync-stop'},
  {access: 'read', answer: () => null, name: 'thread-api/get-db-sync-config'},
  {access: 'control', answer: () => null, name: 'thread-api/set-context'},
  {access: 'control', answer: () => null, name: 'thread-api/set-db-sync-config'},
  {access: 'control', answer: () => null, name: 'thread-api/sync-app-state'},
  {access: 'control', answer: () => null, name: 'thread-api/update-thread-atom'},
]
