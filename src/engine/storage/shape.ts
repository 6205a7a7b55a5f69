import {ServerError} from '../../lib/errors.js'
import type {Sqlite} from '../../lib/sqlite.js'
import {textOf} from './bytes.js'

/** The one table of a graph, as Logseq creates it. */
export const CREATE_KVS = 'CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON)'

/** Tables of this program beside it: Logseq neither reads nor minds them. */
const OWN_TABLE = /^(?:sqlite_autoindex_)?logseq_server_\w+$/

/** SQLite's own statistics, after a manual `ANALYZE`. */
const STATISTICS = /^sqlite_stat\d$/

/** Column by column: name, declared type, primary key, hidden, not null. */
const COLUMNS = 'addr INTEGER 1 0 0, content TEXT 0 0 0, addresses JSON 0 0 0'

/**
 * Checks that a database has the table of a graph, and nothing that acts on its own: a trigger would change what is written,
 * a view or an index could hide anything. It only reads, and texts as bytes: the schema may be damaged, too.
 * @returns whether the database is empty
 * @throws ServerError `graph-invalid` that names what was found
 */
export function isEmptyDatabase(db: Sqlite, path: string): boolean {
  const objects = db.all('SELECT CAST(type AS BLOB) AS type, CAST(name AS BLOB) AS name FROM sqlite_master')
  if (objects.length === 0) return true
  const names = objects.map(({name, type}) => ({name: textOf(name) ?? '', type: textOf(type) ?? ''}))
  const known = names.some(({name, type}) => type === 'table' && name === 'kvs')
  if (!known || describeColumns(db) !== COLUMNS)
    throw new ServerError('graph-invalid', `${path} is a database, but not a Logseq graph`)
  const stranger = names.find((object) => !isExpected(object))
  if (stranger) {
    const what = `the ${stranger.type} ${JSON.stringify(stranger.name)}`
    throw new ServerError('graph-invalid', `${path} holds ${what}, which a Logseq graph does not have`)
  }

  return false
}

function isExpected({name, type}: {name: string; type: string}): boolean {
  if (type === 'table') return name === 'kvs' || OWN_TABLE.test(name) || STATISTICS.test(name)
  return type === 'index' && OWN_TABLE.test(name)
}

function describeColumns(db: Sqlite): string {
  return db
    .all(
      `SELECT CAST(name AS BLOB) AS name, CAST(type AS BLOB) AS type, pk, hidden, "notnull" FROM pragma_table_xinfo('kvs')`,
    )
    .map(({hidden, name, notnull, pk, type}) => `${textOf(name)} ${textOf(type)} ${pk} ${hidden} ${notnull}`)
    .join(', ')
}
