import {poll} from '../clock.js'
import {ServerError, withSequel} from '../errors.js'
import {fileError} from '../files/file-error.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findGraph} from '../graphs/locate.js'
import {readRecord} from '../lock/record-file.js'
import type {LockRecord} from '../lock/record.js'
import {DYING_MS, isServerLockFree} from '../lock/server-lock.js'
import {isSameProcess, type Liveness, livenessOf, type ProcessFacts} from '../process/identity.js'
import {terminate, waitUntilGone} from '../process/terminate.js'
import {timeText} from '../time-text.js'
import type {Inspection, Named} from './inspect/classify.js'
import {enter, type Entered} from './inspect/inspect.js'
import {begin, type Operation, requireOwnGraph, type ServerOptions, timeLeft, withStartLock} from './operation.js'
import {findOrphans} from './orphans.js'
import {clearDeadRecord, isStill} from './records.js'
import {requireStartable} from './require-startable.js'
import type {NotRunningResult, StopResult} from './results.js'
import {requestShutdown, type ShutdownTarget} from './shutdown.js'
import {errorForState, notOwnerError} from './state-errors.js'
import {stopUnread} from './stop-unread.js'
import {stopStepOf} from './stoppable.js'

/** Time for a server to exit after it accepted the request, in ms: 10 s for requests in flight, and three to close. */
const CLEAN_STOP_MS = 13_000

/** Time in ms for one of Logseq's own servers to exit once it has removed its record. The first versions never exit by themselves. */
const LEGACY_EXIT_MS = 1000

/** Time that the exit of a process takes after it has released the server lock, in ms. */
const EXIT_MS = 1000

/**
 * Stops a graph's server, if the requester owns it, and waits until its process is gone.
 * @throws ServerError with one of the codes of docs/errors.md; `server-not-found` if none runs
 */
export async function stopServer(options: ServerOptions): Promise<StopResult> {
  const op = await begin(options)
  requireOwnGraph(op)
  return withStartLock(op, () => stopWithLock(op))
}

/**
 * Stops a graph's server as `stopServer` does, where one runs.
 * @throws ServerError as `stopServer`; `server-not-found` only when a process is left that no record names
 */
export async function stopIfRunning(options: ServerOptions): Promise<NotRunningResult | StopResult> {
  try {
    return await stopServer(options)
  } catch (error) {
    if (!isNotRunning(error)) throw error
    const {name: graph, repo, warnings} = findGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR)
    return {graph, 'not-running': true, repo, warnings}
  }
}

/**
 * Runs the stop under the start lock.
 * @param restarts another is to start in its place, by its supervisor if it has one: it keeps running if none could
 */
export async function stopWithLock(op: Operation, restarts = false): Promise<StopResult> {
  op.report.progress(`Stopping the server of ${op.graph.name}`)
  let entered: Entered
  try {
    entered = await enter(op.system, op.graph, op)
  } catch (error) {
    // A disk error must not keep its server running.
    const failure = error instanceof ServerError ? error : fileError(error)
    if (failure?.code === 'data-dir-permission' || failure?.code === 'disk-failed') return stopUnread(op, failure)
    throw error
  }

  try {
    return await stopEntered(op, entered, restarts)
  } finally {
    entered.connection?.close()
  }
}

async function stopEntered(op: Operation, entered: Entered, restarts: boolean): Promise<StopResult> {
  const {seen} = entered
  op.report.debug(`record: ${seen.state}${'record' in seen ? ` (pid ${seen.record.pid})` : ''}`)
  const step = await stopStepOf(op.system, op.requester, seen)
  switch (step.do) {
    case 'deny':
      throw notOwnerError(op, step.seen.record)
    case 'none':
      throw await notFound(op, seen)
    case 'refuse':
      throw errorForState(op, seen)
    case 'stop': {
      if (restarts) requireStartable(op, step.seen.record)
      const by = await endServer(op, step.seen, {entered, restarts})
      if (by !== 'shutdown') await clearDeadRecord(op.system, op.graph, step.seen.record, DYING_MS)
      const {dir, name: graph, repo, warnings: found} = op.graph
      const warnings = isStill(op.graph, step.seen.record) ? [...found, lockFileLeft(dir)] : found
      return {graph, repo, pid: step.seen.record.pid, 'stopped-by': by, warnings}
    }
  }
}

/** Warns of a record that neither the server nor this process could remove: the next status calls its end unclean. */
function lockFileLeft(dir: string): string {
  return `The lock file of the server could not be removed: check that you may write in ${dir}.`
}

/**
 * Runs the stop under the start lock, where a server runs.
 * @returns true if one ran
 * @throws ServerError as `stopWithLock`; `server-not-found` only when a process is left that no record names
 */
export async function stopWithLockIfRunning(op: Operation): Promise<boolean> {
  try {
    await stopWithLock(op, true)
    return true
  } catch (error) {
    if (isNotRunning(error)) return false
    throw error
  }
}

/** Returns true for the error of a stop that found neither a server nor an orphan. */
function isNotRunning(error: unknown): boolean {
  return error instanceof ServerError && error.code === 'server-not-found' && error.details['orphans'] === undefined
}

/** Handles a stop without a server. Clears a dead record, and names servers without a record. */
async function notFound(op: Operation, seen: Inspection): Promise<ServerError> {
  const {pids} = await findOrphans(op.system, op.graph)
  if (seen.state === 'stale') await clearDeadRecord(op.system, op.graph, seen.record, pids.length > 0 ? 0 : DYING_MS)
  const {name, repo} = op.graph
  if (pids.length === 0)
    return new ServerError('server-not-found', `No server is running for ${name}`, {details: {repo}})
  return new ServerError(
    'server-not-found',
    `The lock file names no server of ${name}, but a leftover server runs (pid ${pids.join(', ')})`,
    {
      details: {orphans: pids, repo},
      hint: '`logseq server start` stops it and starts a new one.',
    },
  )
}

/** Sends a shutdown request, then SIGTERM, then SIGKILL, each to a process that was verified at that moment. */
async function endServer(
  op: Operation,
  target: Named,
  how: Pick<ShutdownTarget, 'entered' | 'restarts'>,
): Promise<StopResult['stopped-by']> {
  let isAccepted = false
  if (target.state !== 'unresponsive') {
    const answer = await requestShutdown(op, {...how, record: target.record})
    op.report.debug(`shutdown request: ${answer}`)
    if (answer === 'refused') throw notOwnerError(op, currentRecord(op, target.record))
    isAccepted = answer === 'accepted'
    if (isAccepted) {
      op.report.progress(`Waiting for the server of ${op.graph.name} (pid ${target.record.pid}) to finish`)
      const gone = await isGone(op, target, Math.min(CLEAN_STOP_MS, timeLeft(op))).catch((error: unknown) => {
        throw withSequel(error, `the server of ${op.graph.name} was asked to stop, and will end by itself`)
      })
      if (gone) return 'shutdown'
    }
  }

  // A process without a proven identity gets a request, never a signal.
  if (!target.process && !isAccepted) throw notSignalled(op, target.record)
  const ended = target.process ? await terminate(op.system, async () => stillTarget(op, target), op) : 'survived'
  op.report.debug(`terminate: ${ended}`)
  if (ended === 'gone') return 'shutdown'
  if (ended !== 'survived') return ended
  throw new ServerError(
    'server-stop-timeout',
    `The server of ${op.graph.name} (pid ${target.record.pid}) still runs after ${timeText(op.timeoutMs - timeLeft(op))}`,
    {details: {pid: target.record.pid, repo: op.graph.repo}},
  )
}

/** Creates the error for a server that accepts no request, and whose process is hidden from this one. */
function notSignalled({graph: {name, repo}}: Operation, {pid}: LockRecord): ServerError {
  return new ServerError(
    'server-unresponsive',
    `The server of ${name} (pid ${pid}) does not respond, and was not signalled: its process cannot be identified from here`,
    {
      details: {pid, repo},
      hint: `Run the command where /proc shows this process, as its user: \`ps -o user= -p ${pid}\`.`,
    },
  )
}

/**
 * Waits until the server is gone. Where its process is uncertain, three things have to be gone: its record, which it removes after
 * closing the graph; its server lock, which it releases last; and any process with its identity.
 * @returns false if it is not gone after `ms`
 */
async function isGone(op: Operation, target: Named, ms: number): Promise<boolean> {
  const {clock} = op.system
  if (target.process) {
    const isOurs = target.record['auth-token'] !== undefined
    const left = isOurs ? ms : await timeAfterRecord(op, target.record, target.process, ms)
    return waitUntilGone(op.system, target.process, left, op.signal)
  }

  const gone = await poll(
    clock,
    clock.now() + ms,
    async () => {
      const liveness = await livenessOfRecord(op, target.record)
      if (liveness === 'dead') return true // though a server lock on a read-only disk cannot be tried
      const record = currentRecord(op, undefined)
      if (liveness === 'alive' || record?.['lock-id'] === target.record['lock-id']) return undefined
      // Another record: its server holds the lock.
      return record !== undefined || isServerLockFree(op.graph.dir) || undefined
    },
    op.signal,
  )
  if (gone) await awaitExit(op, target.record)
  return gone === true
}

/**
 * Waits for the end of a process that has released the server lock. Where only its pid is known (no /proc), another process may have
 * that by now: the wait is short, and its end proves nothing.
 */
async function awaitExit(op: Operation, record: LockRecord): Promise<void> {
  const {clock} = op.system
  const hasExited = async () => (await livenessOfRecord(op, record)) !== 'possible' || undefined
  await poll(clock, clock.now() + EXIT_MS, hasExited, op.signal)
}

/**
 * Waits until one of Logseq's own servers has removed its record, or is gone. The first of them do nothing but that, and
 * close their port, when they are asked to stop.
 * @returns how long it may take to end then, in ms
 */
async function timeAfterRecord(op: Operation, record: LockRecord, process: ProcessFacts, ms: number): Promise<number> {
  const {clock} = op.system
  const until = clock.now() + ms
  await poll(
    clock,
    until,
    async () => {
      if (currentRecord(op, undefined)?.['lock-id'] !== record['lock-id']) return true
      return (await waitUntilGone(op.system, process, 0)) || undefined
    },
    op.signal,
  )
  return Math.min(LEGACY_EXIT_MS, until - clock.now())
}

/**
 * Looks up the process with the record's pid and start time. It is waited for, but not proven enough to be signalled. One whose threads
 * still hold the files is alive.
 */
async function livenessOfRecord({system: {processes}}: Operation, record: LockRecord): Promise<Liveness> {
  const found = await processes.getProcess(record.pid)
  return livenessOf(record, await processes.hostIdentity(), found?.holdsFiles ? {...found, zombie: false} : found)
}

/** Returns the inspected process if it is still the same one. An unverified process is never signalled. */
async function stillTarget(op: Operation, target: Named) {
  const now = await op.system.processes.getProcess(target.record.pid)
  return isSameProcess(target.process, now) ? now : undefined
}

function currentRecord<T extends LockRecord | undefined>(op: Operation, otherwise: T): LockRecord | T {
  const read = readRecord(op.graph.dir)
  return read.kind === 'present' ? read.record : otherwise
}
