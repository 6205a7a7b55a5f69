import {lstatSync} from 'node:fs'

import {isLogFile} from './names.js'

/** The first and the last local time on Earth, in hours from UTC. */
const FIRST_ZONE = -12
const LAST_ZONE = 14

const HOUR_MS = 3_600_000

/** The clock of a file server may be that much ahead, in ms. */
const SLACK_MS = HOUR_MS

/**
 * Puts the log files of a graph in the order in which they were written. A server names its file by its own local time, which may be
 * another day than here: files of days that are today somewhere are in the order of their last change. A file with a later date is of a
 * time when the clock was ahead: it is older than the others, as is one that was changed later than now.
 * @param changedAt returns when a file was changed last, in ms since 1970
 */
export function logOrder(names: readonly string[], now: Date, changedAt: (name: string) => number): string[] {
  const logs = names.filter((name) => isLogFile(name)).sort()
  if (logs.length < 2) return logs
  const nowMs = now.getTime()
  const [first, last] = [nameIn(nowMs, FIRST_ZONE), nameIn(nowMs, LAST_ZONE)]
  const todays = logs.filter((name) => name >= first && name <= last)
  return [
    ...logs.filter((name) => name > last),
    ...logs.filter((name) => name < first),
    ...(todays.length < 2 ? todays : byChange(todays, nowMs, changedAt)),
  ]
}

function byChange(names: readonly string[], nowMs: number, changedAt: (name: string) => number): string[] {
  return names
    .map((name) => ({name, time: changedAt(name)}))
    .map(({name, time}) => ({name, time: time > nowMs + SLACK_MS ? 0 : time}))
    .sort((a, b) => a.time - b.time)
    .map(({name}) => name)
}

/** Returns the name of the log of a server whose local time is `hours` ahead of UTC. */
function nameIn(nowMs: number, hours: number): string {
  const day = new Date(nowMs + hours * HOUR_MS).toISOString().slice(0, 10)
  return `db-worker-node-${day.replaceAll('-', '')}.log`
}

/** Returns when a file was changed last, in ms since 1970; 0 if it is gone. */
export function changedAt(path: string): number {
  return lstatSync(path, {throwIfNoEntry: false})?.mtimeMs ?? 0
}
