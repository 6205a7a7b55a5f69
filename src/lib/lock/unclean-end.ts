import {renameSync, statSync} from 'node:fs'
import {join} from 'node:path'

import {isNumber, isOneOf, isString, optional, parseObject, readFields} from '../fields.js'
import {RUNNING, temporaryOf} from '../files/names.js'
import {createOwnFile, moveDirectoryAside, readOwnFile} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import {shellQuote} from '../shell-quote.js'
import {readRecord} from './record-file.js'

/** Maximum size of a marker, in bytes. */
const MAX_BYTES = 4096

interface Marker {
  copied?: true
  /** Inode of the graph's directory. A renamed directory keeps it, a copy has another one. */
  directory?: string
  pid?: number
  reason?: string
  'started-at'?: string
}

/**
 * Description of a server that ended without closing its database; with `reason`, of one that closed it after it found
 * damage or changed files; with `copied`, of the server of the directory that this one is a copy of.
 */
export interface UncleanEnd extends Pick<Marker, 'pid' | 'reason' | 'started-at'> {
  copied?: true
}

/** Maximum length of the stored reason, in characters. The log has all of it. */
const MAX_REASON = 500

/**
 * Returns how the last server of a graph ended, if it was killed, crashed, lost power, or ended in doubt. The next
 * server then checks the structure at once. Only the holder of the server lock may call this, before it marks itself:
 * no other process can then remove the marker. The marker exists from the start of a server until it closes its
 * database. A record counts as well, for servers that write no marker; alone it would not suffice, since a stop clears
 * the record of a dead server. A directory that was copied while it was served has both, and may be inconsistent.
 * @returns undefined after a clean end, or if no server has served the graph
 */
export function lastUncleanEnd(graphDir: string): UncleanEnd | undefined {
  const marker = readMarker(graphDir)
  if (marker) {
    const {directory, ...end} = marker
    return directory === undefined || directory === inodeOf(graphDir) ? end : {...end, copied: true}
  }

  const read = readRecord(graphDir)
  if (read.kind !== 'present') return undefined
  const {pid, startedAt} = read.record
  return {pid, ...(startedAt !== undefined && {'started-at': startedAt})}
}

function readMarker(graphDir: string): Marker | undefined {
  let text: string
  try {
    text = readOwnFile(join(graphDir, RUNNING), MAX_BYTES)
  } catch {
    return undefined // missing, or not a regular file of ours, which says nothing
  }

  const marker = readFields<Marker>(parseObject(text), {
    copied: optional(isOneOf(true)),
    directory: optional(isString),
    pid: optional(isNumber),
    reason: optional(isString),
    'started-at': optional(isString),
  })
  return marker ?? {} // truncated by a power cut, so the end was unclean
}

function inodeOf(path: string): string {
  return String(statSync(path, {bigint: true}).ino)
}

/** Creates the marker of this process. */
export function ownMarker(now: Date): UncleanEnd {
  return {pid: process.pid, 'started-at': now.toISOString()}
}

/** Marks a graph as being served. The caller holds the server lock. */
export function markRunning(graphDir: string, marker: UncleanEnd): void {
  const path = join(graphDir, RUNNING)
  const temporary = temporaryOf(path)
  try {
    createOwnFile(temporary, JSON.stringify({...marker, directory: inodeOf(graphDir)}))
    moveDirectoryAside(path)
    renameSync(temporary, path)
  } catch (error) {
    removeIfThere(temporary)
    throw error
  }
}

/**
 * Removes the mark after the database was closed.
 * @param doubt reason why the next server has to check the graph; the mark then stays, with this reason
 */
export function unmarkRunning(graphDir: string, marker: UncleanEnd, doubt: string | undefined): void {
  if (doubt === undefined) removeIfThere(join(graphDir, RUNNING))
  else markRunning(graphDir, {...marker, reason: doubt.slice(0, MAX_REASON)})
}

/** Describes an unclean end in words. */
export function uncleanEndText(graph: string, {copied, pid, reason, 'started-at': startedAt}: UncleanEnd): string {
  const which = [pid === undefined ? '' : `pid ${pid}`, startedAt === undefined ? '' : `started ${startedAt}`]
    .filter((part) => part !== '')
    .join(', ')
  const server = which === '' ? '' : ` (${which})`
  const check = `Run \`logseq graph check --repo ${shellQuote(graph)}\` to look for damage.`
  if (copied)
    return `${graph} was copied while a server${server} served the original. The latest changes may be missing. ${check}`
  const what = reason
    ? `ended, and the graph may be damaged: ${reason}`
    : 'did not end cleanly: it was killed, or the machine went down'
  return `The last server of ${graph}${server} ${what}. ${check}`
}
