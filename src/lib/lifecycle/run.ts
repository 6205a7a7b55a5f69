import {ServerError} from '../errors.js'
import {requireText} from '../require-argument.js'
import type {Named} from './inspect/classify.js'
import {inspect} from './inspect/inspect.js'
import type {LogLine} from './log-lines.js'
import {followLogs} from './logs.js'
import {notifySupervisor} from './notify-supervisor.js'
import {begin, type Operation, requireOwnGraph, type StartOptions, withStartLock} from './operation.js'
import type {StartResult} from './results.js'
import type {Exit, Spawned} from './spawn.js'
import {startWithLock} from './start.js'
import {notOwnerError} from './state-errors.js'
import {stopWithLock} from './stop.js'
import {mayStop} from './stoppable.js'

/** Exit code of a server whose supervisor is to start it again: EX_TEMPFAIL of sysexits(3). */
const RESTART_EXIT_CODE = 75

/** Time for a server to end after the signal, in ms: it lets requests finish for ten seconds. */
const CLEAN_STOP_MS = 15_000

/** Most lines of the log from before the server was ready. */
const FIRST_LINES = 1000

/** Options of `runServer`. */
export interface RunOptions extends Omit<StartOptions, 'lifetime' | 'supervise' | 'workerScript'> {
  /** Receives each line that the server writes to its log. */
  onLine?: (line: LogLine) => Promise<void> | void
  /** Receives the server when it is ready. */
  onReady?: (result: StartResult) => void
  /** Stop a server of the requester that runs already, unless it has a supervisor. */
  replace?: boolean
}

/** End of a server that ran in the foreground. */
export interface RunResult {
  graph: string
  repo: string
  pid: number
  /** Reason: the signal of the options, a request over HTTP or an idle timeout, or a restart by its supervisor. */
  'ended-by': 'itself' | 'restart' | 'signal'
}

/**
 * Runs a graph's server in the foreground: it ends with this process, and this returns when it has ended. A supervisor that is named by
 * NOTIFY_SOCKET is notified.
 * @param options `signal` ends the server cleanly
 * @throws ServerError `repo-locked` if a server runs already, the errors of a start, and `server-ended` if it was killed or failed
 */
export async function runServer(options: RunOptions): Promise<RunResult> {
  requireText(options, 'repo')
  const op = await begin(options, options.create ? 'create' : 'suggest-create')
  requireOwnGraph(op)
  const since = new Date()
  const {result, spawned} = await withStartLock(op, () => startSupervised(op, options))
  options.onReady?.(result)
  notifySupervisor(op.report, ['READY=1', `STATUS=Serving ${op.graph.name} on ${result['base-url']}`])
  const written = new AbortController()
  const logged = passOn(options, since, written.signal)
  try {
    return resultOf(op, result.pid, await untilEnd(op, spawned))
  } finally {
    written.abort()
    await logged
  }
}

/** Starts the server, as a start does, and keeps it attached. */
async function startSupervised(op: Operation, options: RunOptions): Promise<{result: StartResult; spawned: Spawned}> {
  const seen = await inspect(op.system, op.graph, op)
  if (seen.state === 'ready' || seen.state === 'starting' || seen.state === 'unresponsive') {
    if (!options.replace || seen.record.supervised === true)
      throw runningError(op, seen.record.pid, await hintForRunning(op, seen))
    await stopWithLock(op, true)
  }

  let spawned: Spawned | undefined
  const result = await startWithLock(op, {
    ...options,
    supervise(started) {
      spawned = started
    },
  })
  // Without the start lock, which can break, another start may have been first.
  if (!spawned || result.reused) throw runningError(op, result.pid)
  return {result, spawned}
}

/** Suggests only what this requester may do, and what the server allows: one with a supervisor is not replaced. */
async function hintForRunning(op: Operation, seen: Named): Promise<string> {
  if (!(await mayStop(op.system, op.graph, op.requester, seen))) return notOwnerError(op, seen.record).hint
  return seen.record.supervised
    ? 'A supervisor or another terminal runs it. Stop it with `logseq server stop`, then try again.'
    : REPLACE
}

const REPLACE = 'Stop it with `logseq server stop`, or replace it with `logseq COMMAND --replace`.'

function runningError({graph}: Operation, pid: number, hint = REPLACE): ServerError {
  return new ServerError('repo-locked', `A server of ${graph.name} is already running (pid ${pid})`, {
    details: {pid, repo: graph.repo},
    hint,
  })
}

/** Waits for the end of a server, and ends it cleanly when the signal aborts. */
async function untilEnd(op: Operation, spawned: Spawned): Promise<Exit & {asked: boolean}> {
  const asked = new Promise<'asked'>((resolve) => {
    if (op.signal?.aborted) resolve('asked')
    else op.signal?.addEventListener('abort', () => resolve('asked'), {once: true})
  })
  const first = await Promise.race([spawned.exited, asked])
  if (first !== 'asked') return {...first, asked: false}
  notifySupervisor(op.report, ['STOPPING=1', 'STATUS=Finishing requests'])
  // Until its exit was reported, the pid is its own, so that no other process can be meant.
  if (spawned.pid !== undefined && !spawned.ended()) op.system.signal(spawned.pid, isCtrlC(op) ? 'SIGINT' : 'SIGTERM')
  const timer = setTimeout(() => {
    if (spawned.pid !== undefined && !spawned.ended()) op.system.signal(spawned.pid, 'SIGKILL')
  }, CLEAN_STOP_MS)
  try {
    return {...(await spawned.exited), asked: true}
  } finally {
    clearTimeout(timer)
  }
}

/** Returns true if Ctrl-C ended the command, so that the log names it. A server does not end at the signal of a closed terminal. */
function isCtrlC({signal}: Operation): boolean {
  const reason: unknown = signal?.reason
  return reason instanceof ServerError && reason.details['signal'] === 'SIGINT'
}

function resultOf({graph}: Operation, pid: number, {asked, code, signal}: Exit & {asked: boolean}): RunResult {
  if (code === 0 || code === RESTART_EXIT_CODE) {
    const by = code === 0 ? (asked ? 'signal' : 'itself') : 'restart'
    return {graph: graph.name, repo: graph.repo, pid, 'ended-by': by}
  }

  const how = signal ? `ended by ${signal}` : `exit code ${code}`
  throw new ServerError('server-ended', `The server of ${graph.name} (pid ${pid}) did not end cleanly: ${how}`, {
    details: {pid, repo: graph.repo},
  })
}

/** Passes on what the server writes. A log that cannot be read is no reason to end the server. */
async function passOn(options: RunOptions, since: Date, signal: AbortSignal): Promise<void> {
  if (!options.onLine) return
  const {dataDir, onLine, repo} = options
  try {
    for await (const line of followLogs({dataDir, lines: FIRST_LINES, repo, signal, since})) await onLine(line)
  } catch (error) {
    options.report?.debug(`the log cannot be followed: ${(error as Error).message}`)
  }
}
