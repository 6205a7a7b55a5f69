import {readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {type Logger, pino} from 'pino'

import {isLogFile, logFileName} from '../lib/graph/files.js'

/** How many of the newest log files of a graph are kept. */
const KEEP = 7

/** The daemon's log: one file a day in the graph's directory. */
export interface DailyLog {
  log: Logger
  /** Goes over to the file of a new day, and removes the oldest. Called every few seconds: no timer of its own. */
  rollOver(now: Date): void
  /** Writes out what is still in memory. */
  flush(): void
}

/** Opens today's log. Only the holder of the guard does: a daemon that lost the race must not prune the winner's files. */
export function openDailyLog(graphDir: string, now: Date): DailyLog {
  let current = logFileName(now)
  const file = pino.destination({dest: join(graphDir, current), mkdir: false, mode: 0o600, sync: false})
  file.on('error', () => {}) // a full disk must not end the daemon: it serves on without a log
  const log = pino(
    {base: null, formatters: {level: (label) => ({level: label})}, timestamp: pino.stdTimeFunctions.isoTime},
    file,
  )
  prune(graphDir)
  return {
    flush() {
      try {
        file.flushSync()
      } catch {
        // not open yet, or a full disk: there is nobody left to tell
      }
    },
    log,
    rollOver(time) {
      const name = logFileName(time)
      if (name === current) return
      current = name
      file.reopen(join(graphDir, name))
      prune(graphDir)
    },
  }
}

function prune(graphDir: string): void {
  const old = readdirSync(graphDir)
    .filter((name) => isLogFile(name))
    .sort()
    .slice(0, -KEEP)
  for (const name of old) rmSync(join(graphDir, name), {force: true})
}
