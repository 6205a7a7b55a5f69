import {readdirSync, readFileSync} from 'node:fs'
import {setTimeout as delay} from 'node:timers/promises'

/** A process that a test started, known by more than its pid. */
export interface Known {
  pid: number
  start: string
}

/** The process that has this pid now, or undefined when there is none or only a zombie. */
export function know(pid: number): Known | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Its first thread is a zombie before its last one has ended, which still holds files and locks.
    const hasEnded = fields[0] === 'X' || (fields[0] === 'Z' && Number(fields[17]) <= 1)
    return hasEnded ? undefined : {pid, start: fields[19]!}
  } catch {
    return undefined // no such process
  }
}

/** Does this very process still live? */
export function lives(known: Known): boolean {
  return know(known.pid)?.start === known.start
}

/** The state letter of a process, `Z` for a zombie; undefined when there is none. */
export function stateOf(pid: number): string | undefined {
  try {
    return /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
  } catch {
    return undefined // no such process
  }
}

/** The exact arguments of a process. */
export function argvOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').split('\0')
  } catch {
    return [] // gone
  }
}

/** Every live process that has a text among its arguments. The text must be a sandbox's own: a path that is unique. */
export function mentioning(text: string): Known[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => argvOf(pid).some((word) => word.includes(text)))
    .map((pid) => know(pid))
    .filter((known) => known !== undefined)
}

/** Ends a process, if it is still the one that is known, and waits until it is gone. */
export async function end(known: Known): Promise<void> {
  for (const signal of ['SIGKILL', 'SIGCONT'] as const) if (lives(known)) send(known.pid, signal)
  await until(() => !lives(known), 20_000, `pid ${known.pid} to be gone`)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it has just gone by itself
  }
}

type Look<T> = T | false | undefined

/** Waits for a state that nobody announces. Fails, and says what it waited for, when it does not come about. */
export async function until<T>(
  look: () => Look<T> | Promise<Look<T>>,
  ms: number,
  what: string | (() => string),
): Promise<T> {
  const deadline = performance.now() + ms
  for (let pause = 5; ; pause = Math.min(pause * 1.3, 50)) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (performance.now() > deadline)
      throw new Error(`waited ${ms} ms in vain for ${typeof what === 'string' ? what : what()}`)
    await delay(pause) // Looks cost processor time, which those that are waited for need.
  }
}

/** The memory that a process has in use, in bytes. Linux. */
export function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
