import {dirname, join} from 'node:path'

import {isNotDatabase, openSqlite} from '../sqlite.js'
import {requireOwnDirectoryAt, requireUsableFile} from './own-files.js'

/** Path of Logseq's search index, beside the graph. */
const SEARCH = join('search', 'db.sqlite')

/**
 * Makes Logseq rebuild its search index: it does so when it opens a graph whose index has another version. Nothing else
 * of the index is changed, and a missing index is not created.
 */
export function markSearchStale(graphDir: string): void {
  const path = join(graphDir, SEARCH)
  requireOwnDirectoryAt(dirname(path))
  if (!requireUsableFile(path)) return
  const db = openSqlite(path)
  try {
    db.exec('PRAGMA user_version = 0')
  } catch (error) {
    if (!isNotDatabase(error)) throw error // a file that is not an index cannot be stale
  } finally {
    db.close()
  }
}
