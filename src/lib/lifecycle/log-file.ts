import {closeSync, constants, fstatSync, lstatSync, readSync} from 'node:fs'
import {join} from 'node:path'

import {logFileName} from '../files/names.js'
import {openLogFile, openOwnFile} from '../files/own-files.js'

const MAX_BYTES = 16_384
const MAX_LINES = 20 // a stack of Node.js 22 has more than ten

/** Log of a new server. Without `fd` if it could not be opened, for example on a full disk. */
export interface OpenLog {
  fd?: number
  path: string
  /** Size before the new server's lines, in bytes. */
  size: number
}

/** Opens today's log of a graph. Never throws: a server without a log can still report errors over its channel. */
export function openLog(graphDir: string): OpenLog {
  const path = join(graphDir, logFileName(new Date()))
  try {
    const fd = openLogFile(path)
    return {fd, path, size: fstatSync(fd).size}
  } catch {
    return {path, size: sizeOf(path)} // the server meets the same error and reports it
  }
}

/** Returns the size of a log that could not be opened: its lines are of earlier servers. */
function sizeOf(path: string): number {
  try {
    const stat = lstatSync(path, {throwIfNoEntry: false})
    return stat?.isFile() ? stat.size : 0
  } catch {
    return 0 // out of reach, so its lines are, too
  }
}

/** Returns the last lines that were appended to a log since it had a size; empty if it is unreadable. */
export function tailLog(path: string, since: number): string[] {
  try {
    const fd = openOwnFile(path, constants.O_RDONLY)
    try {
      const {size} = fstatSync(fd)
      const from = Math.max(since, size - MAX_BYTES)
      const bytes = Buffer.alloc(Math.max(0, size - from))
      readSync(fd, bytes, 0, bytes.length, from)
      const lines = bytes
        .toString('utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
      return lines.slice(-MAX_LINES).map((line) => plainLine(line))
    } finally {
      closeSync(fd)
    }
  } catch {
    return [] // the log is missing: the error being reported matters more
  }
}

/** Formats a line of the server's log for a person; other lines are unchanged. */
function plainLine(line: string): string {
  try {
    const {level, msg, time, why} = JSON.parse(line) as Record<string, unknown>
    if (typeof msg !== 'string') return line
    const text = typeof why === 'string' ? `${msg}: ${why}` : msg
    return [time, level, text].filter((part) => part !== undefined).join(' ')
  } catch {
    return line // a stack trace, or the log of another server
  }
}
