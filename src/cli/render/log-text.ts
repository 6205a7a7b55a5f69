import type {LogLine} from '../../lib/lifecycle/log-lines.js'
import type {LogResult} from '../../lib/lifecycle/logs.js'
import {jsonText, printable, type Role, style} from '../output.js'

/** Fields that are not printed as NAME=VALUE: each line has its own place for them, or the process ID, which is left out. */
const PLACED = new Set(['level', 'msg', 'pid', 'time'])

const ROLES: Record<string, Role> = {
  debug: 'debug',
  error: 'error',
  fatal: 'error',
  trace: 'debug',
  warn: 'warning',
}

/** Returns the lines for a log. */
export function logText({graph, lines, log}: LogResult): string[] {
  if (lines.length > 0) return lines.map((line) => logLineText(line))
  return [
    log === undefined
      ? `No server of ${printable(graph)} has written a log yet.`
      : `No matching lines in ${printable(log)}.`,
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
  const role = ROLES[level]
  return role === undefined ? text : style(role, text)
}

function valueText(value: unknown): string {
  const isWord = typeof value === 'string' && /^[^\s"'=]+$/.test(value)
  return isWord ? printable(value) : jsonText(value)
}
