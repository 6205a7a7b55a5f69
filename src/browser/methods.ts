/**
 * The methods whose call may be sent again when its answer is lost: those that only read, and those whose write carries an id
 * that the server stores. A test compares them with the library's.
 */
export const READ_METHODS: ReadonlySet<string> = named(
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
export const WRITE_METHODS: ReadonlySet<string> = named('transact')

function named(...names: string[]): ReadonlySet<string> {
  return new Set(names.map((name) => (name.includes('/') ? name : `thread-api/${name}`)))
}
