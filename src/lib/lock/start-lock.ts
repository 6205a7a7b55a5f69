// eslint-disable-next-line no-restricted-imports -- proper-lockfile is handed a file system; files are opened by own-files
import type * as Fs from 'node:fs'
// By name: a bundle would copy all of the module for a namespace, which takes a hundredth of a start where a server runs.
import {existsSync, lstatSync, mkdir, renameSync, rmdir, rmdirSync, stat, utimes} from 'node:fs'
import {join} from 'node:path'

import {present} from '../../values/present.js'
import {pollDelays} from '../clock.js'
import {systemCode} from '../errors.js'
import {isNumber, isString, optional, parseObject, readFields} from '../fields.js'
import {quarantinePath, START_LOCK, START_LOCK_HOLDER, temporaryOf} from '../files/names.js'
import {createOwnFile, moveDirectoryAside, readOwnFile} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import {type Identity, livenessOf} from '../process/identity.js'
import type {System} from '../process/system.js'

/** Time after which a lock directory without an identified holder counts as left behind, in ms. */
const UNIDENTIFIED_GRACE_MS = 1000

/** Interval at which the holder touches its lock directory, in ms. */
const TOUCH_MS = 5000

/**
 * Time without a touch after which the holder counts as gone, in ms. Used if its process and clock cannot be checked
 * from here: it runs on another machine, or on this one before it was rebuilt.
 */
const HEARTBEAT_TIMEOUT_MS = 3 * TOUCH_MS

/** Maximum size of a holder file. A longer one comes from another program. */
const MAX_HOLDER_BYTES = 4096

/** Held start lock. Releasing is safe even if another process has taken it over. */
export interface StartLock {
  release(): Promise<void>
}

/** On a full or read-only disk it is gone without: the server lock keeps the graph safe. */
const NO_LOCK: StartLock = {release: async () => {}}

/** Content of the holder file, from which others decide whether the holder is alive. */
interface Holder extends Identity {
  /** In ms of the holder's monotonic clock. */
  deadline: number
  mutex: string
}

export interface StartLockOptions {
  /** Called between attempts. True ends the wait, because the caller no longer needs the lock. */
  cancelWhen?: () => Promise<boolean>
  /**
   * Time by which this holder will have released the lock, in ms of the system's clock. Later, others may take it over.
   */
  deadline: number
  signal?: AbortSignal
  /** Time until which to wait, in ms of the system's clock. */
  until: number
}

/** Reason why there is no lock: the caller abandoned the wait, or it timed out (with the holder's pid, if known). */
export type NoStartLock = {abandoned: true} | {abandoned: false; holder?: number}

/**
 * Takes the start lock of a graph directory: proper-lockfile, which never takes it over by itself here (its own
 * takeover lets two in); a holder that is proven dead, past its deadline, anonymous for a second, or silent elsewhere
 * is moved aside. The start lock saves work. Safety is the server lock's, so a broken start lock costs a second spawn and nothing else.
 */
export async function acquireStartLock(
  system: System,
  graphDir: string,
  options: StartLockOptions,
): Promise<StartLock | NoStartLock> {
  const lockDir = join(graphDir, START_LOCK)
  const judge = takeoverJudge(system, graphDir)
  for (const ms of pollDelays()) {
    options.signal?.throwIfAborted()
    const lock = await tryLock(system, graphDir, options.deadline)
    if (lock) return lock
    if (await options.cancelWhen?.()) return {abandoned: true}
    const stamp = stampOf(lockDir)
    const verdict = stamp === undefined ? {leftBehind: false} : await judge(stamp)
    if (verdict.leftBehind && !moveAside(lockDir, present(stamp))) return NO_LOCK
    const left = options.until - system.clock.now()
    if (left <= 0) return {abandoned: false, holder: verdict.holder}
    if (!verdict.leftBehind) await system.clock.sleep(Math.min(ms, left), options.signal)
  }

  throw new Error('unreachable: the delays never end')
}

async function tryLock(system: System, graphDir: string, deadline: number): Promise<StartLock | undefined> {
  const {default: lockfile} = await import('proper-lockfile')
  const lockDir = join(graphDir, START_LOCK)
  const own: {stamp?: string} = {}
  try {
    const release = await lockfile.lock(graphDir, {
      fs: onlyOwnDirectory(own),
      lockfilePath: lockDir,
      onCompromised() {}, // another process moved it aside; the server lock still guarantees safety
      realpath: false,
      stale: 2e9, // a larger value overflows its timer
      update: TOUCH_MS,
    })
    writeHolder(graphDir, {...(await identify(system)), deadline, mutex: own.stamp ?? ''})
    return {
      async release() {
        if (own.stamp !== undefined && readHolder(graphDir)?.mutex === own.stamp)
          removeIfThere(join(graphDir, START_LOCK_HOLDER))
        await release().catch(() => {}) // already released, when the lock was found to be compromised
      },
    }
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ELOCKED') return undefined
    if (code === 'ENOENT' && existsSync(graphDir)) return undefined // moved aside while it was created
    if (code === undefined) throw error
    return NO_LOCK
  }
}

/** File system for proper-lockfile that only removes the directory that it created, on release and at exit. */
function onlyOwnDirectory(own: {stamp?: string}): typeof Fs {
  return {
    mkdir(path: string, callback: (error: Error | null) => void) {
      mkdir(path, (error) => {
        if (!error) own.stamp = stampOf(path)
        callback(error)
      })
    },
    rmdir(path: string, callback: (error: Error | null) => void) {
      if (stampOf(path) === own.stamp) rmdir(path, callback)
      else callback(null)
    },
    rmdirSync(path: string) {
      if (stampOf(path) === own.stamp) rmdirSync(path)
    },
    stat,
    utimes,
  } as unknown as typeof Fs
}

/** Identifies one directory among later ones of the same name; undefined if missing. */
function stampOf(path: string): string | undefined {
  const stat = lstatSync(path, {bigint: true, throwIfNoEntry: false})
  return stat && `${stat.ino}-${stat.birthtimeNs}`
}

function touchedAt(graphDir: string): number | undefined {
  return lstatSync(join(graphDir, START_LOCK), {throwIfNoEntry: false})?.mtimeMs
}

async function identify(system: System): Promise<Identity> {
  const [place, self] = await Promise.all([system.processes.hostIdentity(), system.processes.getProcess(process.pid)])
  return {...place, pid: process.pid, 'process-start': self?.start}
}

function writeHolder(graphDir: string, holder: Holder): void {
  const path = join(graphDir, START_LOCK_HOLDER)
  const temporary = temporaryOf(path)
  try {
    createOwnFile(temporary, JSON.stringify(holder), false)
    moveDirectoryAside(path)
    renameSync(temporary, path)
  } catch {
    removeIfThere(temporary) // disk full: others take it over after a second, which is safe
  }
}

function readHolder(graphDir: string): Holder | undefined {
  try {
    const text = readOwnFile(join(graphDir, START_LOCK_HOLDER), MAX_HOLDER_BYTES)
    return readFields<Holder>(parseObject(text), {
      'boot-id': optional(isString),
      deadline: isNumber,
      'machine-id': optional(isString),
      mutex: isString,
      pid: isNumber,
      'pid-namespace': optional(isString),
      'process-start': optional(isString),
    })
  } catch {
    return undefined // missing or unreadable: an unidentified holder
  }
}

/** Creates a judge of lock holders, which remembers since when a holder has not changed. */
function takeoverJudge(system: System, graphDir: string) {
  let watched: undefined | {seen: string; since: number}
  return async (stamp: string): Promise<{holder?: number; leftBehind: boolean}> => {
    const now = system.clock.now()
    const holder = readHolder(graphDir)
    const unchangedFor = (seen: string): number => {
      if (watched?.seen !== seen) watched = {seen, since: now}
      return now - watched.since
    }

    if (holder?.mutex !== stamp) return {leftBehind: unchangedFor(stamp) >= UNIDENTIFIED_GRACE_MS}

    const here = await system.processes.hostIdentity()
    const liveness = livenessOf(holder, here, await system.processes.getProcess(holder.pid))
    const sameClock = holder['boot-id'] !== undefined && holder['boot-id'] === here['boot-id']
    const leftBehind = sameClock
      ? now > holder.deadline
      : unchangedFor(`${stamp} ${touchedAt(graphDir)}`) >= HEARTBEAT_TIMEOUT_MS
    return {holder: holder.pid, leftBehind: liveness === 'dead' || leftBehind}
  }
}

/** @returns false if the directory cannot be moved */
function moveAside(lockDir: string, stamp: string): boolean {
  const aside = quarantinePath(lockDir)
  try {
    if (stampOf(lockDir) !== stamp) return true // another process was faster, so this is not the directory that was judged
    renameSync(lockDir, aside)
    rmdirSync(aside)
  } catch (error) {
    // Gone, or not an empty directory and so not ours: it stays aside.
    return ['ENOENT', 'ENOTDIR', 'ENOTEMPTY'].includes(systemCode(error) ?? '')
  }

  return true
}
