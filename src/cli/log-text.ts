import type {LogLine} from '../lib/lifecycle/log-lines.js'
import type {LogResult} from '../lib/lifecycle/logs.js'
import {jsonText, printable, style} from './output.js'

/** Fields that are not printed as NAME=VALUE: each line has its own place for them, or the process ID, which is left out. */
const PLACED = new Set(['level', 'msg', 'pid', 'time'])

const COLOURS: Record<string, 'dim' | 'red' | 'yellow'> = {
  debug: 'dim',
  error: 'red',
  fatal: 'red',
  trace: 'dim',
  warn: 'yellow',
}

/** Returns the lines for a log. */
export function logText({graph, lines, log}: LogResult): string[] {
  if (lines.length > 0) return lines.map((line) => logLineText(line))
  return [
    log === undefined
      ? `No server of ${printable(graph)} has written a log yet.`
      : `No lines of that time in ${printable(log)}.`,
  ]
}

/** Returns one line of a log as a person reads it: time, level, what happened, and the details as NAME=VALUE. */
export function logLineText(line: LogLine): string {
  const {level = '', msg, time} = line
  const details = Object.entries(line)
    .filter(([name]) => !PLACED.has(name))
    .map(([name, value]) => `${printable(name)}=${valueText(value)}`)
  const head = time === undefined ? [] : [printable(time), printable(level).padEnd(5)]
  const text = [...head, printable(msg), ...details].join(' ')
  const colour = COLOURS[level]
  return colour === undefined ? text : style(colour, text)
}

function valueText(value: unknown): string {
  const isWord = typeof value === 'string' && /^[^\s"'=]+$/.test(value)
  return isWord ? printable(value) : jsonText(value)
}

/** Returns one line of a log as JSON that draws on no terminal. */
export function logJson(line: LogLine): string {
  return jsonText(line)
}
