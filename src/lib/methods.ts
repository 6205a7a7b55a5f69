/** How Logseq writes the names of its methods. */
const PREFIX = 'thread-api/'

/** What a method does to its graph: reads it, changes it, or opens, closes and copies it. */
export type Access = 'control' | 'read' | 'write'

const named = (...names: string[]): ReadonlySet<string> => new Set(names.map((name) => methodName(name)))

/** The methods that are about no graph. All others take the graph as their first argument. */
export const GLOBAL_METHODS = named(
  'db-sync-stop',
  'get-db-sync-config',
  'get-version',
  'init',
  'list-db',
  'set-context',
  'set-db-sync-config',
  'sync-app-state',
  'update-thread-atom',
)

/**
 * The methods that change nothing: their call may be sent again when its answer is lost. What a client does not know is
 * not among them. The server's registry says the same of each method; a test compares.
 */
export const READ_METHODS = named(
  'datoms',
  'db-exists',
  'db-sync-status',
  'get-db-sync-config',
  'get-initial-data',
  'get-version',
  'graph/check',
  'list-db',
  'pull',
  'q',
  'validate-db',
)

/** The methods whose call may carry a request id: a server that keeps ids answers a repeated one, and does it once. */
export const WRITE_METHODS = named('transact')

/** The whole name of a method: `q` is `thread-api/q`. */
export function methodName(given: string): string {
  return given.includes('/') ? given : PREFIX + given
}

/** The methods of a server by their short names, for people who type them. A test compares them with the server's. */
export const METHOD_NAMES: readonly string[] = [
  'backup-db-sqlite',
  'close-db',
  'create-or-open-db',
  'datoms',
  'db-exists',
  'db-sync-status',
  'db-sync-stop',
  'get-db-sync-config',
  'get-initial-data',
  'get-version',
  'graph/backup',
  'graph/check',
  'init',
  'list-db',
  'pull',
  'q',
  'release-access-handles',
  'set-context',
  'set-db-sync-config',
  'sync-app-state',
  'transact',
  'update-thread-atom',
  'validate-db',
]
