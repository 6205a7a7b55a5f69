import {closeSync, readdirSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {type Logger, pino} from 'pino'

import {isLogFile, logFileName} from '../lib/files/names.js'
import {openLogFile} from '../lib/files/own-files.js'
import {removeIfThere} from '../lib/files/remove.js'
import {DEFAULT_LOG_LEVEL, type LogLevel} from '../lib/log-level.js'

/** Number of the newest log files of a graph that are kept. */
const KEEP = 7

/** The server's log: one file a day in the graph's directory. */
export interface DailyLog {
  log: Logger
  /** Goes over to the file of a new day, and removes the oldest. Called every few seconds: no timer of its own. */
  rollOver(now: Date): void
}

/**
 * Opens today's log. Only the holder of the server lock does this: a server that lost the race must not remove files of the winner.
 * @param options.level lowest level that is written
 * @param options.secret text to remove from each line
 */
export function openDailyLog(
  graphDir: string,
  now: Date,
  {level = DEFAULT_LOG_LEVEL, secret}: {level?: LogLevel; secret?: string} = {},
): DailyLog {
  let current = logFileName(now)
  const file = new LogFile(secret)
  file.open(join(graphDir, current))
  prune(graphDir, current)
  return {
    log: pino(
      {
        base: {pid: process.pid},
        formatters: {level: (label) => ({level: label})},
        level,
        timestamp: pino.stdTimeFunctions.isoTime,
      },
      file,
    ),
    rollOver(time) {
      const name = logFileName(time)
      if (name === current) return
      current = name
      file.open(join(graphDir, name))
      prune(graphDir, current)
    },
  }
}

/**
 * Writes every line at once: the last lines of a server that fails are the ones that matter. What cannot be written
 * (a full disk) is lost: a server without a log is better than no server.
 */
class LogFile {
  #fd: number | undefined
  readonly #secret: string | undefined

  /** @param secret what no line may hold: it is left out wherever it stands, in a message, a stack or a URL */
  constructor(secret: string | undefined) {
    this.#secret = secret
  }

  /** Writes to this file from now on; goes on with the one before where it cannot be opened. */
  open(path: string): void {
    try {
      const fd = openLogFile(path)
      if (this.#fd !== undefined) closeSync(this.#fd)
      this.#fd = fd
    } catch {
      // the file cannot be opened: lines go to stderr, or the previous file, from now on
    }
  }

  write(line: string): void {
    try {
      const shown = this.#secret ? line.replaceAll(this.#secret, '[token]') : line
      if (this.#fd !== undefined) writeSync(this.#fd, shown)
    } catch {
      // a log that cannot be written has no place to report it
    }
  }
}

/** Removes all but the newest log files. A file that cannot be removed does no harm. */
function prune(graphDir: string, current: string): void {
  try {
    for (const name of superfluousLogs(readdirSync(graphDir), current)) removeIfThere(join(graphDir, name))
  } catch {
    // a directory that has gone, or may not be changed: the interlock reports what matters
  }
}

/**
 * Chooses the log files to remove. The file in use is the newest, whatever its name: the clock may have been ahead before, so that
 * older files have later dates. These count as the oldest, and go first.
 */
export function superfluousLogs(names: readonly string[], current: string): string[] {
  const others = names.filter((name) => isLogFile(name) && name !== current)
  const newestFirst = (some: string[]) => some.sort().reverse()
  return [
    ...newestFirst(others.filter((name) => name < current)),
    ...newestFirst(others.filter((name) => name > current)),
  ].slice(KEEP - 1)
}
