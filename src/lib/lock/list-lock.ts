import {randomUUID} from 'node:crypto'
import {linkSync, lstatSync, renameSync, rmdirSync, type Stats, unlinkSync} from 'node:fs'
import {uptime} from 'node:os'

import {poll, pollDelays} from '../clock.js'
import {ServerError, systemCode} from '../errors.js'
import {quarantinePath} from '../files/names.js'
import {createOwnFile, isSameFile, readOwnFile} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import type {System} from '../process/system.js'
import {isFull} from '../sqlite.js'

/** Interval in ms at which Logseq's programs check whether the lock is free. */
const POLL_MS = 25

/** Maximum age of a lock without the pid of its holder, in ms. The pid is written in an instant. */
const UNSIGNED_MS = 300

/** Maximum size of the lock. A longer file comes from another program. */
const MAX_BYTES = 4096

/** Maximum difference between the start of a process, in ticks since boot, and the time of a file, in ms. */
const CLOCK_SLACK_MS = 2000

/** Lock file of another process, as it was seen. `pid` is undefined if it names no holder. */
interface Sighting {
  pid: number | undefined
  stat: Stats
}

/**
 * Runs work under the lock under which Logseq's programs write their list of servers: a file that exists while it is
 * held, and names its holder. It is released before this returns.
 *
 * A lock whose holder is gone, or that names none for a while, is moved aside. That can let two in, as with Logseq's own
 * programs: what one of them writes may be lost, and its owner has to look again.
 * @param act runs at once when the lock is held; it does not wait
 * @param ms how long to try
 * @returns whether it was done; false when a living process held the lock all the time
 * @throws the file system's error; what `act` throws
 */
export async function underListLock(
  system: System,
  path: string,
  act: () => void,
  {ms, signal}: {ms: number; signal?: AbortSignal | undefined},
): Promise<boolean> {
  const attempt = () => actUnderLock(path, act)
  const isLeftBehind = leftBehindJudge(system, path)
  const done = await poll(
    system.clock,
    system.clock.now() + ms,
    async () => {
      if (attempt()) return true
      const sighting = await isLeftBehind()
      return (sighting !== undefined && (moveAside(path, sighting), attempt())) || undefined
    },
    signal,
    pollDelays(POLL_MS, POLL_MS),
  )
  return done === true
}

/** Takes the lock, acts and releases it, in one go: no other work of this process comes in between. */
function actUnderLock(path: string, act: () => void): boolean {
  const id = randomUUID()
  const holder = {pid: process.pid, 'lock-id': id, 'created-at': new Date().toISOString()}
  try {
    createOwnFile(path, JSON.stringify(holder), false)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    if (isFull(error)) removeIfThere(path) // made, but not written
    throw error
  }

  try {
    act()
  } finally {
    release(path, id)
  }

  return true
}

function release(path: string, id: string): void {
  try {
    if (readLock(path)?.['lock-id'] === id) unlinkSync(path)
  } catch {
    // another process took it over: the lock there belongs to it
  }
}

/** Decides whether the lock was left behind. It remembers since when a lock has named no holder. */
function leftBehindJudge(system: System, path: string): () => Promise<Sighting | undefined> {
  let unsigned: {since: number; stat: Stats} | undefined
  return async () => {
    const sighting = sight(path)
    if (!sighting) return undefined
    const {pid, stat} = sighting
    if (pid !== undefined) return (await isHeldBy(system, pid, stat)) ? undefined : sighting
    const now = system.clock.now()
    if (!unsigned || !isSameLock(unsigned.stat, stat)) unsigned = {since: now, stat}
    const age = Math.max(now - unsigned.since, Date.now() - stat.mtimeMs)
    return age >= UNSIGNED_MS ? sighting : undefined
  }
}

function sight(path: string): Sighting | undefined {
  try {
    const stat = lstatSync(path, {throwIfNoEntry: false})
    if (!stat) return undefined
    const pid = readLock(path)?.['pid']
    return {pid: typeof pid === 'number' && Number.isInteger(pid) && pid > 0 ? pid : undefined, stat}
  } catch (error) {
    if (['EACCES', 'ENOENT', 'EPERM'].includes(systemCode(error) ?? '')) return undefined // gone, or another user's
    throw error
  }
}

/**
 * Reads the content of the lock.
 * @returns undefined when it is gone, or is not a file with a JSON object
 * @throws EACCES for that of another user, which is not to be broken
 */
function readLock(path: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readOwnFile(path, MAX_BYTES))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch (error) {
    if (error instanceof ServerError && error.details['uid'] !== undefined)
      throw Object.assign(new Error(error.message), {code: 'EACCES'})
    if (error instanceof ServerError || error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Returns true if the process that the lock names lives, and is older than the lock. This process holds no lock now. */
async function isHeldBy(system: System, pid: number, {mtimeMs}: Stats): Promise<boolean> {
  if (pid === process.pid) return false
  const found = await system.processes.getProcess(pid)
  if (!found || found.zombie) return false
  // On Linux, `start` counts hundredths of a second since boot. A process that is younger than the lock has got the pid since.
  const ticks = process.platform === 'linux' ? Number(found.start) : Number.NaN
  const startedMs = Date.now() - uptime() * 1000 + ticks * 10
  return !(startedMs > mtimeMs + CLOCK_SLACK_MS)
}

/** Moves the lock that was seen out of the way; one that was made meanwhile is put back. */
function moveAside(path: string, {stat}: Sighting): void {
  const aside = quarantinePath(path)
  try {
    renameSync(path, aside)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return // another process was faster
    throw error
  }

  const moved = lstatSync(aside)
  if (!isSameLock(stat, moved)) putBack(aside, path)
  if (moved.isDirectory()) removeIfEmpty(aside)
  else removeIfThere(aside)
}

/** An inode number alone may be that of a new file, which replaces one that was just deleted. */
function isSameLock(a: Stats, b: Stats): boolean {
  return isSameFile(a, b) && a.mtimeMs === b.mtimeMs
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path)
  } catch {
    // a third one has the place by now: its holder has to look again, as after any takeover
  }
}

function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir)
  } catch {
    // it holds what is not ours: it stays beside
  }
}
