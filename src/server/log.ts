import {closeSync, readdirSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {type Logger, pino} from 'pino'

import {changedAt, logOrder} from '../lib/files/log-order.js'
import {logFileName} from '../lib/files/names.js'
import {openLogFile} from '../lib/files/own-files.js'
import {removeIfThere} from '../lib/files/remove.js'
import {DEFAULT_LOG_LEVEL, type LogLevel} from '../lib/log-level.js'

/** Number of the newest log files of a graph that are kept. */
const KEEP = 7

/** The server's log: one file a day in the graph's directory. */
export type DailyLog = Logger

/**
 * Opens today's log. Only the holder of the server lock does this: a server that lost the race must not remove files of the winner.
 * @param now current time
 * @param options.level lowest level that is written
 * @param options.secret text to remove from each line
 */
export function openDailyLog(
  graphDir: string,
  now: () => Date = () => new Date(),
  {level = DEFAULT_LOG_LEVEL, secret}: {level?: LogLevel; secret?: string} = {},
): DailyLog {
  return pino(
    {
      base: {pid: process.pid},
      formatters: {level: (label) => ({level: label})},
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    new LogFile(graphDir, now, secret),
  )
}

/**
 * Writes every line at once, to the file of its day: the last lines of a server that fails are the ones that matter. What cannot be
 * written (a full disk) is lost: a server without a log is better than no server.
 */
class LogFile {
  /** The day of the file, as two times in ms. */
  #day = {begin: 0, end: 0}
  #fd: number | undefined
  readonly #graphDir: string
  readonly #now: () => Date
  readonly #secret: string | undefined

  /** @param secret what no line may hold: it is left out wherever it stands, in a message, a stack or a URL */
  constructor(graphDir: string, now: () => Date, secret: string | undefined) {
    this.#graphDir = graphDir
    this.#now = now
    this.#secret = secret
    this.#rollOver()
  }

  write(line: string): void {
    try {
      this.#rollOver()
      const shown = this.#secret ? line.replaceAll(this.#secret, '[token]') : line
      if (this.#fd !== undefined) writeSync(this.#fd, shown)
    } catch {
      // a log that cannot be written has no place to report it
    }
  }

  /** Goes over to the file of a new day, and removes the oldest. */
  #rollOver(): void {
    const now = this.#now()
    if (now.getTime() >= this.#day.begin && now.getTime() < this.#day.end) return
    this.#day = dayOf(now)
    const name = logFileName(now)
    this.#open(join(this.#graphDir, name))
    prune(this.#graphDir, name, now)
  }

  /** Goes on with the file before where the new one cannot be opened. */
  #open(path: string): void {
    try {
      const fd = openLogFile(path)
      if (this.#fd !== undefined) closeSync(this.#fd)
      this.#fd = fd
    } catch {
      // the file cannot be opened: lines go to stderr, or the previous file, from now on
    }
  }
}

/** Returns the local day of a time, as the times in ms at which it begins and ends. */
function dayOf(time: Date): {begin: number; end: number} {
  const midnight = (days: number) => new Date(time.getFullYear(), time.getMonth(), time.getDate() + days).getTime()
  return {begin: midnight(0), end: midnight(1)}
}

/** Removes all but the newest log files. A file that cannot be removed does no harm. */
function prune(graphDir: string, current: string, now: Date): void {
  try {
    const changed = (name: string) => changedAt(join(graphDir, name))
    for (const name of superfluousLogs(readdirSync(graphDir), current, now, changed))
      removeIfThere(join(graphDir, name))
  } catch {
    // a directory that has gone, or may not be changed: the interlock reports what matters
  }
}

/**
 * Chooses the log files to remove. The file in use is the newest, whatever its name.
 * @param changedAt as in `logOrder`
 */
export function superfluousLogs(
  names: readonly string[],
  current: string,
  now: Date,
  changedAt: (name: string) => number,
): string[] {
  const others = names.filter((name) => name !== current)
  return logOrder(others, now, changedAt).slice(0, 1 - KEEP)
}
