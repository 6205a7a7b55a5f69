import {spawn} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'

/** Cost of one run of a program, in ms. */
export interface Cost {
  /** User and system time of the process and of the children it waited for. */
  cpu: number
  wall: number
}

export interface Run extends Cost {
  code: null | number
  stdout: string
}

/** Node.js reports no CPU time of its children; the shell's `time` does, to the millisecond. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$@"'

/** Runs Node.js to its end. */
export function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
  return runProgram([process.execPath, ...args], env)
}

/** Runs a program to its end. */
export async function runProgram(words: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): Promise<Run> {
  const child = spawn('bash', ['-c', TIMED, 'bash', ...words], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<null | number>((resolve) => {
      child.on('exit', (ended) => resolve(ended))
    }),
  ])
  const [real, user, system] = stderr
    .trim()
    .split('\n')
    .at(-1)!
    .split(' ')
    .map((seconds) => Number(seconds) * 1000)
  return {code, cpu: user! + system!, stdout, wall: real!}
}

/** The CPU time that a living process has taken, in ms. Threads that have ended are not counted. */
export function cpuOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const times = tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
  return sum(times) / 1e6
}

/** Resident memory, in MiB. */
export function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
