import {lstatSync} from 'node:fs'
import {join} from 'node:path'

import {DATABASE} from '../files/names.js'
import {openSqlite} from '../sqlite.js'
import type {Graph} from './locate.js'

/** Size of the first page of a database. One with a graph has many more. */
const FIRST_PAGE = 4096

/**
 * Returns true if the database of a graph is so small that the creation of the graph may not have come to its end: the disk was full, or
 * the server was killed. What SQLite has beside it may hold the graph all the same; only a server finds out.
 */
export function mayLackGraph({dir}: Graph): boolean {
  const stat = lstatSync(join(dir, DATABASE), {throwIfNoEntry: false})
  return stat !== undefined && stat.isFile() && stat.size <= FIRST_PAGE
}

/** Returns true if the database has no graph, and nothing beside it that could be one. The caller holds the server lock. */
export function lacksGraph(graph: Graph): boolean {
  const path = join(graph.dir, DATABASE)
  const sizeOf = (file: string) => lstatSync(file, {throwIfNoEntry: false})?.size ?? 0
  if (!mayLackGraph(graph) || ['-wal', '-journal'].some((suffix) => sizeOf(path + suffix) > 0)) return false
  return sizeOf(path) === 0 || isEmpty(path)
}

function isEmpty(path: string): boolean {
  const db = openSqlite(path)
  try {
    return db.all('SELECT 1 FROM sqlite_master LIMIT 1').length === 0
  } catch {
    return false // another program has it open, or it is no database: it stays as it is
  } finally {
    db.close()
  }
}
