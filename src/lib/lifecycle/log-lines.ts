import {closeSync, constants, fstatSync, readdirSync, readSync} from 'node:fs'

import {systemCode} from '../errors.js'
import {changedAt, logOrder} from '../files/log-order.js'
import {openOwnFile} from '../files/own-files.js'
import {pathIn} from '../files/path-in.js'

/** Number of bytes that are read from the end of a log file. A day of an ordinary server is a few KiB. */
const MAX_BYTES = 16 * 1024 * 1024

/** One line of a server's log. What is no JSON object, as a stack trace, has `msg` alone. */
export type LogLine = Record<string, unknown> & {level?: string; msg: string; time?: string}

/** Returns the paths of a graph's log files, the oldest first. */
export function logFiles(graphDir: string, now = new Date()): string[] {
  const names = logOrder(readdirSync(graphDir), now, (name) => changedAt(pathIn(graphDir, name)))
  return names.map((name) => pathIn(graphDir, name))
}

/** Returns the path of the log file that was written last, or undefined if no log file can be seen. */
export function newestLog(graphDir: string): string | undefined {
  try {
    return logFiles(graphDir).at(-1)
  } catch {
    return undefined // a directory that may be entered and not listed: what is asked for is something else
  }
}

/** Reads one line of a log. */
export function parseLogLine(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'msg' in value && typeof value.msg === 'string')
      return value as LogLine
  } catch {
    // a stack trace, or the log of another server
  }

  return {msg: text}
}

/** The end of a graph's logs. */
export interface LogEnd {
  /** Offset of the next line in the newest file, in bytes. */
  end: number
  lines: LogLine[]
}

/**
 * Reads the last lines of a graph's logs, the oldest first.
 * @param since leave out lines that were written earlier; a line without a time belongs to the one before it
 */
export function lastLines(paths: readonly string[], count: number, since: Date | undefined): LogEnd {
  let found: LogLine[] = []
  let end: number | undefined
  for (const path of paths.toReversed()) {
    if (end !== undefined && found.length >= count) break
    const piece = readFrom(path, 0)
    end ??= piece.end
    const lines = piece.lines.map((line) => parseLogLine(line))
    const recent = since === undefined ? lines : lines.slice(firstSince(lines, since))
    found = [...recent.slice(Math.max(0, recent.length - (count - found.length))), ...found]
    if (recent.length < lines.length) break // what is older than this file is older than `since`
  }

  return {end: end ?? 0, lines: found}
}

function firstSince(lines: readonly LogLine[], since: Date): number {
  const first = lines.findIndex(({time}) => time !== undefined && Date.parse(time) >= since.getTime())
  return first === -1 ? lines.length : first
}

/** Part of a log file that was read. */
export interface Piece {
  /** Offset of the next whole line, in bytes. */
  end: number
  lines: string[]
}

/**
 * Reads the whole lines of a log file from a position on.
 * @returns no lines when there is no such file; what is cut off at `end` is read the next time
 * @throws as `openOwnFile`
 */
export function readFrom(path: string, position: number): Piece {
  let file: number
  try {
    file = openOwnFile(path, constants.O_RDONLY)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return {end: 0, lines: []}
    throw error
  }

  try {
    const {size} = fstatSync(file)
    const from = Math.max(position > size ? 0 : position, size - MAX_BYTES) // a file that was cut is read from its beginning
    const bytes = Buffer.alloc(size - from)
    const read = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from))
    const end = read.lastIndexOf('\n') + 1
    const lines = read.toString('utf8', 0, end).split('\n')
    return {end: from + end, lines: lines.filter((line) => line.trim() !== '')}
  } finally {
    closeSync(file)
  }
}
