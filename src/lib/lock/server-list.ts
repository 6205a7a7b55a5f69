import {randomUUID} from 'node:crypto'
import {chmodSync, lstatSync, renameSync} from 'node:fs'
import {join} from 'node:path'

import {systemCode} from '../errors.js'
import {createOwnFile, readOwnFile} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import {type Identity, livenessOf} from '../process/identity.js'
import type {System} from '../process/system.js'
import {underListLock} from './list-lock.js'

/** Far more than any list needs, in bytes; whatever is longer was not written by programs of this kind. */
const MAX_BYTES = 4 * 1024 * 1024

/** A server as Logseq's list has it. */
export interface ListedServer {
  pid: number
  port: number
}

/** Maximum time to try for the lock of the list, and the signal that ends it. */
export interface ListOptions {
  ms: number
  signal?: AbortSignal
  /** Called in the same turn in which the list was changed, before its lock is released. */
  written?: () => void
}

/** The path of the list in which Logseq's programs look for servers: one `<pid> <port>` a line. */
export function serverListPath(rootDir: string): string {
  return join(rootDir, 'server-list')
}

/**
 * Reads the list of servers. Lines that are something else are passed over. A line says nothing about who the process is.
 * @returns none when there is no list, or something else in its place
 */
export function readServerList(rootDir: string): ListedServer[] {
  try {
    return readText(rootDir)
      .split('\n')
      .map((line) => /^\s*([1-9]\d*)\s+([1-9]\d*)\s*$/.exec(line))
      .filter((match) => match !== null)
      .map(([, pid, port]) => ({pid: Number(pid), port: Number(port)}))
      .filter(({pid, port}) => Number.isSafeInteger(pid) && port <= 65_535)
  } catch {
    return [] // whatever stands there, it is not a list that can be believed
  }
}

/** Returns true if this server is in the list. */
export function isListed(rootDir: string, server: ListedServer): boolean {
  return readServerList(rootDir).some(({pid, port}) => pid === server.pid && port === server.port)
}

/**
 * Adds a line to the list, which is created if missing. All other lines stay as they are.
 * @returns false when another program held the lock of the list all the time
 * @throws the file system's error; ServerError `data-dir-permission` when something else than a file of this user is there
 */
export function addToServerList(
  system: System,
  rootDir: string,
  server: ListedServer,
  options: ListOptions,
): Promise<boolean> {
  return edit(system, rootDir, options, (text) => {
    const line = lineOf(server)
    if (text.split('\n').some((other) => other.trim() === line)) return text
    const end = text === '' || text.endsWith('\n') ? '' : '\n' // a line that was cut off is not to swallow this one
    return `${text}${end}${line}\n`
  })
}

/**
 * Removes the lines of servers from the list. All other lines stay as they are, and the file stays, as Logseq's programs
 * leave it. A list without these lines is not locked.
 * @returns and throws as `addToServerList`
 */
export async function removeFromServerList(
  system: System,
  rootDir: string,
  servers: readonly ListedServer[],
  options: ListOptions,
): Promise<boolean> {
  if (!servers.some((server) => isListed(rootDir, server))) return true
  const lines = new Set(servers.map((server) => lineOf(server)))
  return edit(system, rootDir, options, (text) =>
    text
      .split('\n')
      .filter((line) => !lines.has(line.trim()))
      .join('\n'),
  )
}

/**
 * Finds the lines that the killed server of a record left in the list. A record may have been copied with its
 * directory, so the lines of a live process stay. The record of Logseq's own server has no port: then all lines of its
 * pid are its own.
 */
export async function linesLeftBy(
  {processes}: System,
  rootDir: string,
  record: Identity & {port?: number | undefined},
): Promise<ListedServer[]> {
  const listed = readServerList(rootDir).filter(({pid, port}) => pid === record.pid && port === (record.port || port))
  if (listed.length === 0) return []
  return livenessOf(record, await processes.hostIdentity(), await processes.getProcess(record.pid)) === 'dead'
    ? listed
    : []
}

function lineOf({pid, port}: ListedServer): string {
  return `${pid} ${port}`
}

function edit(
  system: System,
  rootDir: string,
  {ms, signal, written}: ListOptions,
  change: (text: string) => string,
): Promise<boolean> {
  const act = () => {
    const text = readText(rootDir)
    const changed = change(text)
    if (changed === text) return
    replace(serverListPath(rootDir), changed)
    written?.()
  }

  return underListLock(system, `${serverListPath(rootDir)}.lock`, act, {ms, signal})
}

/** The text of the list, byte for byte: what is not ours is written back as it was. */
function readText(rootDir: string): string {
  try {
    return readOwnFile(serverListPath(rootDir), MAX_BYTES, 'latin1')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw error
  }
}

/** Writes the list whole: a reader, who takes no lock, sees the old one or the new one. */
function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.${randomUUID()}.tmp` // as Logseq's programs call theirs
  try {
    createOwnFile(temporary, Buffer.from(text, 'latin1'), false)
    const mode = lstatSync(path, {throwIfNoEntry: false})?.mode
    if (mode !== undefined) chmodSync(temporary, mode & 0o777)
    renameSync(temporary, path)
  } catch (error) {
    removeIfThere(temporary)
    throw error
  }
}
