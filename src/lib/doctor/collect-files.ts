import {accessSync, constants, lstatSync, readdirSync, statfsSync, type Stats, statSync} from 'node:fs'
import {dirname, join} from 'node:path'

import {backupDirectory} from '../files/backups.js'
import {readHead} from '../files/own-files.js'
import {hasSearchFile, searchFile} from '../files/search-index.js'
import {realDirectory} from '../graphs/data-dir.js'
import {type Graph, listGraphs} from '../graphs/locate.js'
import {lastUncleanEnd} from '../lock/unclean-end.js'
import {SQLITE_MAGIC} from '../sqlite.js'
import {explain} from './explain.js'
import type {DirectoryFacts, Entry, FileFacts, FileSystemFacts, GraphFiles} from './facts.js'

/** Files of a directory that are looked at. A directory of more is not one of ours. */
const MAX_ENTRIES = 10_000

/**
 * Collects what there is to know of a data directory and its graphs. Opens no database and changes nothing.
 * @throws ServerError `data-dir-permission` if it cannot be read
 */
export function collectFiles(dataDir: string): FileFacts {
  const uid = process.getuid?.()
  const real = realDirectory(dataDir)
  if (real === undefined)
    return {directory: undefined, fileSystem: statFileSystem(nearestDirectory(dataDir)), graphs: [], uid}
  return {
    directory: describeDirectory(real),
    fileSystem: statFileSystem(real),
    graphs: listGraphs(dataDir).map((graph) => describeGraph(graph)),
    uid,
  }
}

/** Returns the nearest directory above a missing one: the first start would make it there. */
function nearestDirectory(path: string): string {
  const parent = dirname(path)
  return parent === path || realDirectory(parent) !== undefined ? parent : nearestDirectory(parent)
}

function describeDirectory(real: string): DirectoryFacts {
  const {mode, uid} = statSync(real)
  return {
    entries: entriesOf(real),
    mode: mode & 0o7777,
    othersReach: othersReach(real),
    uid,
    writable: isWritable(real),
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false // not writable, for whichever reason
  }
}

function othersReach(path: string): boolean {
  const parent = dirname(path)
  return parent === path || ((statSync(parent).mode & 0o001) !== 0 && othersReach(parent))
}

function statFileSystem(path: string): FileSystemFacts | undefined {
  const {bavail, blocks, bsize, ffree, files, type} = statfsSync(path)
  if (blocks === 0) return {free: Number.MAX_SAFE_INTEGER, freeFiles: undefined, type} // it counts nothing
  return {free: bavail * bsize, freeFiles: files === 0 ? undefined : ffree, type}
}

function describeGraph({dir, name}: Graph): GraphFiles {
  try {
    const {mode, uid} = statSync(dir)
    const uncleanEnd = lastUncleanEnd(dir)
    return {
      backups: entriesOf(backupDirectory(dir)),
      dir,
      entries: entriesOf(dir),
      mode: mode & 0o7777,
      name,
      search: searchState(dir),
      uid,
      ...(uncleanEnd && {uncleanEnd}),
    }
  } catch (error) {
    return {backups: [], dir, entries: [], mode: 0, name, ...explain(error), search: 'absent', uid: 0}
  }
}

/** Describes the entries of a directory, without those of directories in it. A missing directory has none. */
function entriesOf(dir: string): Entry[] {
  if (!lstatSync(dir, {throwIfNoEntry: false})?.isDirectory()) return []
  return readdirSync(dir)
    .slice(0, MAX_ENTRIES)
    .flatMap((name) => {
      const stat = lstatSync(join(dir, name), {throwIfNoEntry: false}) // gone since
      return stat ? [entryOf(name, stat)] : []
    })
}

function entryOf(name: string, stat: Stats): Entry {
  const {mode, mtimeMs, size, uid} = stat
  const kind = stat.isDirectory() ? 'directory' : stat.isFile() ? 'file' : 'other'
  return {kind, mode: mode & 0o7777, mtime: mtimeMs, name, size, uid}
}

/** Judges the index by its first bytes. A server may have it open, so SQLite does not open it a second time. */
function searchState(dir: string): GraphFiles['search'] {
  try {
    if (!hasSearchFile(dir)) return 'absent'
    const head = readHead(searchFile(dir), SQLITE_MAGIC.length).toString('latin1')
    return head === '' || head === SQLITE_MAGIC ? 'usable' : 'unusable' // an empty one was made, and is not filled yet
  } catch {
    return 'unusable' // a link, a file of another user, or one that cannot be read
  }
}
