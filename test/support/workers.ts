import type {ChildProcess} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

import {argvOf, type Known, mentioning, stateOf, until} from './processes.js'
import {cleanEnv, CODE_CACHE, http, type Sandbox, WORKER} from './sandbox.js'

/** A worker script of test/fixtures/workers. */
export function fixtureWorker(name: string): string {
  return fileURLToPath(new URL(`../fixtures/workers/${name}`, import.meta.url))
}

/** A program of test/fixtures/programs. */
export function fixtureProgram(name: string): string {
  return fileURLToPath(new URL(`../fixtures/programs/${name}`, import.meta.url))
}

/** The live servers of a sandbox, by their script: whatever runs db-worker-node there. */
export function workersOf(sandbox: Sandbox): Known[] {
  return mentioning(sandbox.dataDir).filter(({pid}) => /(^|\/)db-worker-node(\.js)?$/.test(argvOf(pid)[1] ?? ''))
}

/** The arguments with which a server of this sandbox is started by hand. */
export function workerArgs(sandbox: Sandbox, repo = 'logseq_db_demo', ...more: string[]): string[] {
  return [WORKER, '--repo', repo, '--data-dir', sandbox.dataDir, '--owner-source', 'cli', '--create-empty-db', ...more]
}

/** Starts a script under a server's arguments, and waits for its record. */
export async function serveFixture(sandbox: Sandbox, script: string, env: Record<string, string> = {}): Promise<Known> {
  const [, ...args] = workerArgs(sandbox)
  const {pid} = sandbox.spawn(process.execPath, [fixtureWorker(script), ...args], {env: {...cleanEnv(), ...env}})
  await until(() => published(sandbox, pid), 15_000, 'the record of the server')
  return sandbox.track(pid)!
}

/** The record that a server of this pid has published by now. */
export function published(sandbox: Sandbox, pid: number): Record<string, any> | undefined {
  try {
    const record = JSON.parse(readFileSync(sandbox.recordPath(), 'utf8')) as Record<string, any>
    return record['pid'] === pid ? record : undefined
  } catch {
    return undefined // not there yet
  }
}

/** A server that was started by hand, and how to speak with it. */
export interface Served {
  child: ChildProcess & {pid: number}
  known: Known
  pid: number
  port: number
  token: string
}

/** Starts a server of the sandbox's graph `demo` by hand, and waits until it is ready. */
export async function serve(sandbox: Sandbox, env: Record<string, string> = {}, ...more: string[]): Promise<Served> {
  const child = sandbox.spawn(process.execPath, workerArgs(sandbox, 'logseq_db_demo', ...more), {
    env: {...cleanEnv(), XDG_CACHE_HOME: CODE_CACHE, ...env},
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const known = sandbox.track(child.pid)!
  let stderr = ''
  child.stderr!.on('data', (text: Buffer) => {
    stderr += String(text)
  })
  const record = await until(
    () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${stderr}`)
      return published(sandbox, child.pid)
    },
    15_000,
    'the record of the server',
  )
  const port = record['port'] as number
  await until(async () => (await http(port, '/readyz')).status === 200, 15_000, 'the server to be ready')
  return {child, known, pid: child.pid, port, token: record['auth-token'] as string}
}

/** A server that is dead and will not be reaped, as in a container whose first process waits for no child. */
export async function zombieServer(sandbox: Sandbox): Promise<{parent: number; pid: number}> {
  const program = 'my $pid = fork(); if (!$pid) { exec @ARGV } print "$pid\n"; $| = 1; sleep 1000'
  const parent = sandbox.spawn('perl', ['-e', `$| = 1; ${program}`, process.execPath, ...workerArgs(sandbox)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const pid = await new Promise<number>((resolve) =>
    parent.stdout!.once('data', (text: Buffer) => resolve(Number(text))),
  )
  sandbox.track(pid)
  await until(() => published(sandbox, pid), 15_000, 'the record of the server')
  process.kill(pid, 'SIGKILL')
  await until(() => stateOf(pid) === 'Z', 5000, 'the server to be a zombie')
  return {parent: parent.pid, pid}
}

/** A process that keeps a SQLite file open in the way its statements say. */
export async function holdDatabase(
  sandbox: Sandbox,
  file: string,
  ...statements: string[]
): Promise<ChildProcess & {pid: number}> {
  const child = sandbox.spawn(process.execPath, [fixtureProgram('hold-database.js'), file, ...statements], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)))
  })
  return child
}

/** How a child process ended. */
export function endOf(child: ChildProcess): Promise<{code: null | number; signal: NodeJS.Signals | null}> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve({code: child.exitCode, signal: child.signalCode})
    else child.once('exit', (code, signal) => resolve({code, signal}))
  })
}
