import {methods, optional, repo} from './spec.js'

const OPTIONS = [repo, optional('options', 'map')] as const
const ROWS = 'a list of maps'
const PLUGIN_ROWS = 'a list of `{:block/title :block/uuid}`, or complete entities with `:expand`'

/** Lists of what is in a graph, for command lines (`cli-`) and plugins (`api-`). */
export const lists = methods({
  'thread-api/cli-list-pages': {
    access: 'read',
    args: OPTIONS,
    result: `${ROWS}, sorted by name`,
    returns: 'maps',
  },
  'thread-api/cli-list-tags': {access: 'read', args: OPTIONS, result: ROWS, returns: 'maps'},
  'thread-api/cli-list-properties': {access: 'read', args: OPTIONS, result: ROWS, returns: 'maps'},
  'thread-api/cli-list-tasks': {access: 'read', args: OPTIONS, result: ROWS, returns: 'maps'},
  'thread-api/cli-list-nodes': {access: 'read', args: OPTIONS, result: `${ROWS}: pages and blocks`, returns: 'maps'},
  'thread-api/api-list-pages': {access: 'read', args: OPTIONS, result: PLUGIN_ROWS, returns: 'maps'},
  'thread-api/api-list-tags': {access: 'read', args: OPTIONS, result: PLUGIN_ROWS, returns: 'maps'},
  'thread-api/api-list-properties': {access: 'read', args: OPTIONS, result: PLUGIN_ROWS, returns: 'maps'},
})
