import {fileSystemName, isMemory, isNetwork} from '../../files/file-system.js'
import {shellQuote} from '../../shell-quote.js'
import {bytes} from '../../size-text.js'
import type {Entry, FileFacts, FileSystemFacts, LockTrial} from '../facts.js'
import {type Finding, finding} from '../findings.js'
import {type Checked, count} from './check.js'

/** Free space below which writes are about to fail, and below which a backup may, in bytes. */
const NO_ROOM = 16 * 1024 * 1024
const LITTLE_ROOM = 256 * 1024 * 1024

/** Judges the data directory itself: whose it is, and who may write there. */
export function checkDirectory(path: string, {directory, graphs, uid}: FileFacts): Checked {
  if (!directory) {
    const hint = '`logseq server start --repo NAME --create` creates a graph.'
    return {
      findings: [finding('data-dir-missing', {hint, message: `${path} does not exist`, path})],
      summary: path,
    }
  }

  const {mode, othersReach, uid: owner, writable} = directory
  const findings: Finding[] = []
  if (uid !== undefined && owner !== uid && !writable) {
    const message = `${path} belongs to user ${owner}, and you may not write there`
    findings.push(finding('not-yours', {hint: ownHint(path, uid), message, path}))
  } else if (!writable) {
    const hint =
      (mode & 0o700) === 0o700
        ? `Its permissions are right, so the disk may be mounted read-only: \`findmnt --target ${shellQuote(path)}\``
        : `Make it writable: \`chmod u+rwx ${shellQuote(path)}\``
    findings.push(finding('data-dir-unusable', {hint, message: `${path} may not be written to`, path}))
  }

  if (othersReach && (mode & 0o022) !== 0 && (mode & 0o1000) === 0)
    findings.push(
      finding('writable-by-others', {
        hint: `\`chmod go-w ${shellQuote(path)}\``,
        message: `Other users may write in ${path} (mode ${octal(mode)})`,
        path,
      }),
    )
  return {findings, summary: `${path}: ${count(graphs.length, 'graph')}`}
}

/** Returns the hint for files of another user. */
export function ownHint(path: string, uid: number): string {
  return `Run commands as their owner, or make them yours: \`sudo chown -R ${uid} ${shellQuote(path)}\``
}

/** Formats permission bits as `chmod` reads them. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** Judges the kind of the file system and the space on it. */
export function checkFileSystem(path: string, {fileSystem, graphs}: FileFacts): Checked {
  if (!fileSystem) return {findings: [], summary: 'file system: not known'}
  const kind = fileSystemName(fileSystem.type)
  const findings: Finding[] = []
  const move = 'Keep graphs on a local disk, and name it with --data-dir or LOGSEQ_CLI_DATA_DIR.'
  if (isNetwork(fileSystem.type))
    findings.push(finding('network-file-system', {hint: move, message: `${path} is on ${kind}`, path}))
  if (isMemory(fileSystem.type))
    findings.push(finding('memory-file-system', {hint: move, message: `${path} is on ${kind}`, path}))
  const room = checkRoom(path, fileSystem, largest(graphs.flatMap(({entries}) => entries)))
  if (room) findings.push(room)
  return {findings, summary: `file system ${kind}, ${bytes(fileSystem.free)} free`}
}

function largest(entries: readonly Entry[]): number {
  const sizes = entries.filter(({name}) => name === 'db.sqlite').map(({size}) => size)
  return sizes.toSorted((a, b) => b - a)[0] ?? 0
}

function checkRoom(path: string, {free, freeFiles}: FileSystemFacts, database: number): Finding | undefined {
  const hint = `Free space on that disk; \`df -h ${shellQuote(path)}\` shows it.`
  if (freeFiles === 0) {
    const message = `No more files can be created on the disk of ${path}`
    return finding('disk-full', {hint: `Remove files there; \`df -i ${shellQuote(path)}\` counts them.`, message, path})
  }

  if (free < NO_ROOM)
    return finding('disk-full', {hint, message: `${bytes(free)} are free on the disk of ${path}`, path})
  if (free >= Math.max(LITTLE_ROOM, 2 * database)) return undefined
  return finding('disk-nearly-full', {hint, message: `${bytes(free)} are free on the disk of ${path}`, path})
}

/** Judges whether locks of SQLite exclude another process there. */
export function checkLocks(path: string, trial: LockTrial): Checked {
  const hint = 'Keep graphs on a local disk, and name it with --data-dir or LOGSEQ_CLI_DATA_DIR.'
  switch (trial) {
    case 'no-sqlite':
      return {findings: [], summary: 'locks: not tried, there is no SQLite'}
    case 'not-exclusive': {
      const message = `Two processes got the same lock in ${path}`
      return {findings: [finding('locks-broken', {hint, message, path})], summary: 'locks'}
    }

    case 'refused': {
      const message = `SQLite cannot lock a file in ${path}`
      return {findings: [finding('locks-broken', {hint, message, path})], summary: 'locks'}
    }

    case 'works':
      return {findings: [], summary: 'locks work'}
  }
}
