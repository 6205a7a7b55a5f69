import {execFile} from 'node:child_process'
import {hostname} from 'node:os'
import {promisify} from 'node:util'

import {exists} from './exists.js'
import type {ProcessFacts} from './identity.js'
import type {ProcessTable} from './table.js'

const run = promisify(execFile)

/** `lstart` has five words; then state, uid, resident kibibytes, and the arguments, if shown, to the end. ps(1) */
const LINE = /^\s*(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(\S+)\s+(\d+)\s+(\d+)(?:\s+(.*))?$/s

/**
 * Process table of macOS, through `ps`: arguments joined by spaces, start times with one-second precision.
 * @param bootId returns the ID of this boot
 */
export function darwinTable(bootId: () => Promise<string | undefined> = bootSession): ProcessTable {
  return {
    async list() {
      const {default: psList} = await import('ps-list')
      const all = await psList()
      // Under busybox, ps-list is silently empty: a list without this process is a failure.
      if (!all.some((found) => found.pid === process.pid)) throw new Error('ps does not list this process')
      return all.map((found) => ({commandLine: found.cmd, pid: found.pid}))
    },
    listens: () => undefined,
    opens: () => undefined,
    getProcess: look,
    hostIdentity: async () => ({'boot-id': await bootId(), 'machine-id': hostname()}),
    scans: true,
  }
}

async function look(pid: number): Promise<ProcessFacts | undefined> {
  const format = 'lstart=,state=,uid=,rss=,args='
  const env = {...process.env, LC_ALL: 'C', TZ: 'UTC'}
  try {
    const {stdout} = await run('ps', ['-ww', '-o', format, '-p', String(pid)], {env})
    return parsePsLine(pid, stdout.trimEnd())
  } catch (error) {
    // ps exits with 1 if there is no such process, and if it may not look.
    if ((error as {code?: unknown}).code === 1) return exists(pid) ? {pid, zombie: false} : undefined
    throw error
  }
}

/** Parses one line of `ps -o lstart=,state=,uid=,rss=,args=`. */
export function parsePsLine(pid: number, line: string): ProcessFacts | undefined {
  const [, start, state, uid, rss, commandLine] = LINE.exec(line) ?? []
  if (start === undefined || state === undefined) return undefined
  return {
    commandLine,
    pid,
    rss: Number(rss) * 1024,
    start: start.replaceAll(/\s+/g, ' '),
    uid: Number(uid),
    zombie: state.startsWith('Z'),
  }
}

async function bootSession(): Promise<string | undefined> {
  const {stdout} = await run('sysctl', ['-n', 'kern.bootsessionuuid'])
  return stdout.trim() || undefined
}
