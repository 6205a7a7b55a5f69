import {lstatSync} from 'node:fs'
import {join} from 'node:path'

import {listBackups} from '../files/backups.js'
import {logsOf} from '../files/beside-database.js'
import {DATABASE} from '../files/names.js'
import {readHead} from '../files/own-files.js'
import {SQLITE_MAGIC} from '../sqlite.js'
import type {Graph} from './locate.js'

/** Size of the first page of a database. One with a graph has many more. */
const FIRST_PAGE = 4096

/** State of the place of the database of a graph that is to be created. */
export type Place =
  /** Nothing, or what a creation has left that did not come to its end: the disk was full, or the server was killed. */
  | {is: 'free'}
  /** No graph, but backups of one. */
  | {is: 'lost'; backups: number}
  /** A log or journal, which may hold a graph, or all that is left of one. */
  | {is: 'logs'; database: 'a database' | 'empty' | 'missing' | 'no database'; logs: string[]}
  /** A small file that is not a database. */
  | {is: 'other'}
  /** A graph, or tables of another program. */
  | {is: 'taken'}

/** Returns true if the file of the database is so small that it may lack the graph. The content may be in a log beside it. */
export function hasSmallDatabase({dir}: Graph): boolean {
  const stat = lstatSync(join(dir, DATABASE), {throwIfNoEntry: false})
  return stat !== undefined && stat.isFile() && stat.size <= FIRST_PAGE
}

/**
 * Finds out whether a graph can be created. The files are only read: SQLite would delete the log or journal of an empty database.
 * @throws the error of the file system
 */
export function placeOf(graph: Graph): Place {
  const path = join(graph.dir, DATABASE)
  const stat = lstatSync(path, {throwIfNoEntry: false})
  if (stat && !hasSmallDatabase(graph)) return {is: 'taken'}
  const content = stat && stat.size > 0 ? contentOf(path) : 'empty'
  const logs = logsOf(path)
  const backups = stat ? listBackups(graph.dir).length : 0
  if (stat?.size === 0 && backups > 0) return {is: 'lost', backups} // a restore keeps the logs
  if (logs.length > 0) return {is: 'logs', database: databaseOf(stat?.size, content), logs}

  if (content === 'tables') return {is: 'taken'}
  if (content === 'other') return {is: 'other'}
  return backups > 0 ? {is: 'lost', backups} : {is: 'free'}
}

function databaseOf(
  size: number | undefined,
  content: ReturnType<typeof contentOf>,
): 'a database' | 'empty' | 'missing' | 'no database' {
  if (size === undefined) return 'missing'
  if (size === 0) return 'empty'
  return content === 'other' ? 'no database' : 'a database'
}

/** Type and number of cells of the first page of the table of tables, behind the header of the file. */
const PAGE_TYPE = 100
const PAGE_CELLS = 103
const LEAF = 13

/** Reads from the first page of a database whether it has tables. */
function contentOf(path: string): 'empty' | 'other' | 'tables' {
  const size = PAGE_CELLS + 2
  const head = readHead(path, size)
  if (head.length < size || !head.toString('latin1').startsWith(SQLITE_MAGIC)) return 'other'
  return head[PAGE_TYPE] === LEAF && head.readUInt16BE(PAGE_CELLS) === 0 ? 'empty' : 'tables'
}
