/** The file that holds a graph. A directory without it is not a graph. */
export const DATABASE = 'db.sqlite'

/** The file that says where a graph's daemon is. */
export const RECORD = 'db-worker.lock'

/** The file whose lock says that a daemon of ours lives. */
export const GUARD = 'db-worker.guard'

/** The name of a daemon's log file of one day, in local time. */
export function logFileName(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `db-worker-node-${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}.log`
}

/** Is this the name of a daemon's log file? */
export function isLogFile(name: string): boolean {
  return /^db-worker-node-\d{8}\.log$/.test(name)
}
