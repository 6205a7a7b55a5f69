import type {ChildProcess, spawn as spawnProcess} from 'node:child_process'

import type {Clock} from '../lib/clock.js'
import {type ErrorCode, ERRORS, messageOf, ServerError} from '../lib/errors.js'
import {isObject, parseObject} from '../lib/fields.js'
import {timeText} from '../lib/time-text.js'

/** Maximum output in bytes, far above any result. A program that prints more is not the CLI. */
const MAX_OUTPUT = 1024 * 1024

/** Maximum length of quoted output, in characters. */
const QUOTED = 500

/** Time for the CLI to clean up after SIGTERM, in ms. */
const END_MS = 5000

/** Time to read the remaining output after the exit, in ms. Another process may hold the pipe open. */
const REST_MS = 1000

export interface CliCall {
  args: readonly string[]
  clock: Clock
  /** Program that runs the CLI script. */
  command: string
  env: NodeJS.ProcessEnv
  spawn: typeof spawnProcess
  /** Timeout in ms. */
  timeoutMs: number
}

/** Outcome of a run. */
interface Ran {
  /** Exit code, or the signal that ended the process. */
  end: string
  stderr: string
  stdout: string
}

/**
 * Runs a CLI command with `--json` and returns the data of its document.
 * @throws ServerError of the CLI; `cli-failed` if it cannot be run, times out, or prints anything else
 */
export async function runCli(call: CliCall): Promise<Record<string, unknown>> {
  const {end, stderr, stdout} = await run(call)
  const document = parseDocument(stdout)
  if (document?.status === 'ok') return document.data
  if (document) throw errorOf(document.error)
  const said = withoutTokens(stdout.trim() === '' ? stderr : stdout)
  throw new ServerError('cli-failed', `The command line did not print one JSON document; it exited with ${end}`, {
    details: {command: call.command, printed: said.trim().slice(0, QUOTED)},
  })
}

/** Removes tokens from output that is quoted in an error: it may be the document of a start, with something beside it. */
function withoutTokens(text: string): string {
  return text.replaceAll(/("auth-token"\s*:\s*")[^"]*/g, '$1...')
}

async function run({args, clock, command, env, spawn, timeoutMs}: CliCall): Promise<Ran> {
  let child: ChildProcess
  try {
    child = spawn(command, args, {cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true})
  } catch (error) {
    throw cannotRun(command, error) // Node.js throws some reasons at once and emits others later
  }

  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const ended = endOf(child)
  ended.catch(() => {}) // awaited below, perhaps after the timeout
  const over = new AbortController()
  const within = async (ms: number): Promise<boolean> => {
    const late = clock.sleep(ms, over.signal).then(
      turnOfLoop, // an app that was suspended sees the timeout before the exit that happened long ago
      () => true,
    )
    return Promise.race([ended.then(() => true), late])
  }

  try {
    if (!(await within(timeoutMs))) {
      child.kill('SIGTERM')
      if (!(await within(END_MS))) child.kill('SIGKILL')
      throw new ServerError('cli-failed', `The command line did not end within ${timeText(timeoutMs)}`, {
        details: {command},
      })
    }

    const end = await ended
    await Promise.race([Promise.all([stdout.closed, stderr.closed]), clock.sleep(REST_MS, over.signal).catch(() => {})]) // aborted below
    return {end, stderr: stderr.text(), stdout: stdout.text()}
  } catch (error) {
    throw error instanceof ServerError ? error : cannotRun(command, error)
  } finally {
    over.abort()
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

function cannotRun(command: string, cause: unknown): ServerError {
  return new ServerError('cli-failed', `${command} cannot be run: ${messageOf(cause)}`, {
    cause,
    details: {command},
    hint: 'The app may have been updated or moved while it ran: start it again.',
  })
}

/** @returns false, after pending events have been processed */
function turnOfLoop(): Promise<false> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(false))
  })
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('error', reject) // not once: a kill that fails emits another one, which would be uncaught
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}

function collect(stream: NodeJS.ReadableStream | null): {closed: Promise<void>; text(): string} {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('error', () => {}) // 'close' follows; what came before is judged as it is
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_OUTPUT) chunks.push(chunk)
  })
  const closed = new Promise<void>((resolve) => {
    if (stream) stream.once('close', resolve)
    else resolve()
  })
  return {closed, text: () => Buffer.concat(chunks).toString('utf8')}
}

type Document = {data: Record<string, unknown>; status: 'ok'} | {error: Record<string, unknown>; status: 'error'}

function parseDocument(text: string): Document | undefined {
  const value = parseObject(text)
  if (!value) return undefined // the caller reports it, with the output
  if (value['status'] === 'ok' && isObject(value['data'])) return {data: value['data'], status: 'ok'}
  if (value['status'] === 'error' && isObject(value['error'])) return {error: value['error'], status: 'error'}
  return undefined
}

/** Converts the CLI's error. An unknown code of another version is kept in the details. */
function errorOf({code, hint, message, ...details}: Record<string, unknown>): ServerError {
  const known = typeof code === 'string' && Object.hasOwn(ERRORS, code)
  return new ServerError(known ? (code as ErrorCode) : 'exception', String(message), {
    details: known ? details : {...details, code},
    ...(typeof hint === 'string' && {hint}),
  })
}
