import {dirname, join} from 'node:path'

import {isNotDatabase, openSqlite} from '../sqlite.js'
import {requireOwnDirectoryAt, requireUsableFile} from './own-files.js'

/** Where Logseq keeps what it has indexed for searches, beside the graph. */
const SEARCH = join('search', 'db.sqlite')

/**
 * Makes Logseq build its search index anew: it does so when it opens a graph whose index has another version than its
 * own. Nothing else of the index is touched; where there is none, none is made.
 */
export function markSearchStale(graphDir: string): void {
  const path = join(graphDir, SEARCH)
  requireOwnDirectoryAt(dirname(path))
  if (!requireUsableFile(path)) return
  const db = openSqlite(path)
  try {
    db.exec('PRAGMA user_version = 0')
  } catch (error) {
    if (!isNotDatabase(error)) throw error // what is no index to begin with cannot be stale
  } finally {
    db.close()
  }
}
