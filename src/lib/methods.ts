/** How Logseq writes the names of its methods. */
const PREFIX = 'thread-api/'

/** The methods that are about no graph. All others take the graph as their first argument. */
export const GLOBAL_METHODS: ReadonlySet<string> = new Set(
  [
    'db-sync-stop',
    'get-db-sync-config',
    'get-version',
    'init',
    'list-db',
    'set-context',
    'set-db-sync-config',
    'sync-app-state',
    'update-thread-atom',
  ].map((name) => PREFIX + name),
)

/** The whole name of a method: `q` is `thread-api/q`. */
export function methodName(given: string): string {
  return given.includes('/') ? given : PREFIX + given
}
