import {join} from 'node:path'

import {isNotDatabase, openSqlite} from '../sqlite.js'
import {requireOwnDirectoryAt, requireUsableDatabase} from './own-files.js'

/** The directory in which Logseq keeps what it has indexed for searches, beside the graph. */
export function searchDirectory(graphDir: string): string {
  return join(graphDir, 'search')
}

/** The file of the search index of a graph. */
export function searchFile(graphDir: string): string {
  return join(searchDirectory(graphDir), 'db.sqlite')
}

/**
 * Looks for the index of a graph: a file of its own, in a directory of the graph. A second name of another file is not an index: to
 * close it would drop the locks on that one.
 * @throws ServerError `data-dir-permission` when it may not be used
 */
export function hasSearchFile(graphDir: string): boolean {
  const path = searchFile(graphDir)
  requireOwnDirectoryAt(searchDirectory(graphDir))
  return requireUsableDatabase(path)?.nlink === 1
}

/**
 * Makes Logseq rebuild its search index: it does so when it opens a graph whose index has another version. Nothing else
 * of the index is changed, and a missing index is not created.
 */
export function markSearchStale(graphDir: string): void {
  if (!hasSearchFile(graphDir)) return
  const db = openSqlite(searchFile(graphDir))
  try {
    db.exec('PRAGMA user_version = 0')
  } catch (error) {
    if (!isNotDatabase(error)) throw error // a file that is not an index cannot be stale
  } finally {
    db.close()
  }
}
