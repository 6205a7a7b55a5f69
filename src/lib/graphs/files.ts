import {randomUUID} from 'node:crypto'

/** The file that holds a graph. A directory without it is not a graph. */
export const DATABASE = 'db.sqlite'

/** The file that says where a graph's daemon is. */
export const RECORD = 'db-worker.lock'

/** The file whose lock says that a daemon of ours lives. */
export const SERVER_LOCK = 'db-worker.guard'

/** The file that is there while a graph is open, and after a server was killed: it says which log belongs to the database. */
export const SESSION = 'db-worker.session'

/** The directory whose being there says that a start or stop is under way. */
export const START_LOCK = 'db-worker.lifecycle.lock'

/** The file that says who has the mutex. */
export const START_LOCK_HOLDER = 'db-worker.lifecycle.json'

/** The file that a server makes when it begins, and removes when the database is closed. */
export const RUNNING = 'db-worker.running'

/** A new name, or path, under which the next content of a file is written before it takes the file's place. */
export function temporaryOf(path: string): string {
  return `${path}.${randomUUID()}.tmp`
}

/** A new name, or path, to which what stands in the place of a file of ours is moved. */
export function quarantinePath(path: string): string {
  return `${path}.${randomUUID()}.aside`
}

const LEFTOVER =
  /^(?:db\.sqlite|db-worker\.(?:lock|guard|running|session|lifecycle\.(?:json|lock))|db-worker-node-\d{8}\.log)\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.(tmp|aside)$/

/** Which of the two kinds of names above a name is, if it is one of ours. */
export function staleFileKind(name: string): 'aside' | 'tmp' | undefined {
  return LEFTOVER.exec(name)?.[1] as 'aside' | 'tmp' | undefined
}

/** The name of a daemon's log file of one day, in local time. */
export function logFileName(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `db-worker-node-${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}.log`
}

/** Is this the name of a daemon's log file? */
export function isLogFile(name: string): boolean {
  return /^db-worker-node-\d{8}\.log$/.test(name)
}
