import {randomUUID} from 'node:crypto'

/** Database of a graph. A directory without it is not a graph. */
export const DATABASE = 'db.sqlite'

/** Record: names the server of a graph. */
export const RECORD = 'db-worker.lock'

/** File of the server lock. */
export const SERVER_LOCK = 'db-worker.guard'

/**
 * File that exists while a graph is open, and after a server was killed. It identifies the log that belongs to the
 * database.
 */
export const SESSION = 'db-worker.session'

/** Directory that exists during a start or stop. */
export const START_LOCK = 'db-worker.lifecycle.lock'

/** File that identifies the holder of the start lock. */
export const START_LOCK_HOLDER = 'db-worker.lifecycle.json'

/** File that a server creates when it starts, and removes when its database is closed. */
export const RUNNING = 'db-worker.running'

/** Returns a temporary name or path for the next content of a file. */
export function temporaryOf(path: string): string {
  return `${path}.${randomUUID()}.tmp`
}

/** Returns a name or path to which an unusable file is moved. */
export function quarantinePath(path: string): string {
  return `${path}.${randomUUID()}.aside`
}

const LEFTOVER =
  /^(?:db\.sqlite|db-worker\.(?:lock|guard|running|session|lifecycle\.(?:json|lock))|db-worker-node-\d{8}\.log)\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.(tmp|aside)(?:-(?:journal|shm|wal))?$/

/** Returns which of the two kinds above a name is, if any. */
export function staleFileKind(name: string): 'aside' | 'tmp' | undefined {
  return LEFTOVER.exec(name)?.[1] as 'aside' | 'tmp' | undefined
}

/** Returns the name of a server's log file of one day, in local time. */
export function logFileName(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `db-worker-node-${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}.log`
}

/** Returns true for the name of a server's log file. */
export function isLogFile(name: string): boolean {
  return /^db-worker-node-\d{8}\.log$/.test(name)
}
