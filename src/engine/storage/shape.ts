import {ServerError} from '../../lib/errors.js'
import {shellQuote} from '../../lib/shell-quote.js'
import {type Sqlite, SQLITE_MAGIC} from '../../lib/sqlite.js'
import {textOf} from './bytes.js'
import {CREATE_REQUESTS, REQUESTS} from './requests.js'

/** The one table of a graph, as Logseq creates it. */
export const CREATE_KVS = 'CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON)'

/** Tables of this program beside it: Logseq neither reads nor minds them. */
const OWN_TABLE = /^(?:sqlite_autoindex_)?logseq_server_\w+$/

/** SQLite's own statistics, after a manual `ANALYZE`. */
const STATISTICS = /^sqlite_stat\d$/

/** Column by column: name, declared type, primary key, hidden, not null. */
const COLUMNS = 'addr INTEGER 1 0 0, content TEXT 0 0 0, addresses JSON 0 0 0'

/**
 * Constraints by which SQLite would refuse rows, in the text of a table: of its own, and of one that refers to it. They are in no
 * description of the columns, and none of the columns has such a name.
 */
const OWN_CONSTRAINT = /\b(?:check|references)\b/i
const FOREIGN_CONSTRAINT = /\breferences\b/i

/** Places of the versions that a program needs to know to write a database, and to read it; and the greatest that SQLite knows. */
const WRITE_VERSION_AT = 18
const READ_VERSION_AT = 19
const MAX_VERSION = 2

/** Length of the header of a database, in bytes. */
export const HEADER = 100

/**
 * Checks that SQLite can write a database that it can read. It opens one with a greater version for reading only.
 * @param header as much of it as there is
 * @throws Error in SQLite's words for other formats that it does not know
 */
export function requireWritableFormat(header: Buffer): void {
  const isRead = header.toString('latin1').startsWith(SQLITE_MAGIC) && (header[READ_VERSION_AT] ?? 0) <= MAX_VERSION
  if (isRead && (header[WRITE_VERSION_AT] ?? 0) > MAX_VERSION) throw new Error('unsupported file format')
}

/**
 * Checks that a database has the table of a graph, and nothing that acts on its own: a trigger would change what is written,
 * a view or an index could hide anything. It only reads, and texts as bytes: the schema may be damaged, too.
 * @returns whether the database is empty
 * @throws ServerError `graph-invalid` that names what was found
 */
export function isEmptyDatabase(db: Sqlite, path: string): boolean {
  const objects = db.all(
    'SELECT CAST(type AS BLOB) AS type, CAST(name AS BLOB) AS name, CAST(tbl_name AS BLOB) AS tbl, ' +
      'CAST(sql AS BLOB) AS sql FROM sqlite_master',
  )
  if (objects.length === 0) return true
  const names = objects.map(({name, sql, tbl, type}) => ({
    name: textOf(name) ?? '',
    sql: sql === null ? undefined : textOf(sql),
    table: textOf(tbl) ?? '',
    type: textOf(type) ?? '',
  }))
  const known = names.some(({name, type}) => type === 'table' && name === 'kvs')
  if (!known || describeColumns(db) !== COLUMNS)
    throw new ServerError('graph-invalid', `${path} is a database, but not a Logseq graph`)
  const stranger = names.find((object) => !isExpected(object))
  if (stranger) {
    const what = `the ${stranger.type} ${JSON.stringify(stranger.name)}`
    throw new ServerError('graph-invalid', `${path} holds ${what}, which a Logseq graph does not have`)
  }

  const refusing = names.find(({name, sql}) => (name === 'kvs' ? OWN_CONSTRAINT : FOREIGN_CONSTRAINT).test(sql ?? ''))
  if (refusing) {
    const what = `the ${refusing.type} ${JSON.stringify(refusing.name)}`
    throw new ServerError('graph-invalid', `${path} holds ${what} with a constraint, by which writes could fail`)
  }

  const requests = names.find(({name}) => name === REQUESTS)
  // Each write with a request id would fail in the middle.
  if (requests && requests.sql !== CREATE_REQUESTS) {
    throw new ServerError(
      'graph-invalid',
      `${path} holds the table ${REQUESTS} in another form than this program makes`,
      {
        hint: `It holds only responses to earlier writes. To remove it: \`sqlite3 ${shellQuote(path)} 'DROP TABLE ${REQUESTS}'\`.`,
      },
    )
  }

  return false
}

/** An index of its own on a table could refuse rows; the one that SQLite makes for a table has no SQL. */
function isExpected({
  name,
  sql,
  table,
  type,
}: {
  name: string
  sql?: string | undefined
  table: string
  type: string
}): boolean {
  if (type === 'table') return name === 'kvs' || OWN_TABLE.test(name) || STATISTICS.test(name)
  return type === 'index' && OWN_TABLE.test(name) && table !== 'kvs' && !(table === REQUESTS && sql !== undefined)
}

function describeColumns(db: Sqlite): string {
  return db
    .all(
      `SELECT CAST(name AS BLOB) AS name, CAST(type AS BLOB) AS type, pk, hidden, "notnull" FROM pragma_table_xinfo('kvs')`,
    )
    .map(({hidden, name, notnull, pk, type}) => `${textOf(name)} ${textOf(type)} ${pk} ${hidden} ${notnull}`)
    .join(', ')
}
