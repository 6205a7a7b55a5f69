import {join} from 'node:path'

import {poll} from '../clock.js'
import {type ErrorCode, ERRORS, machineError, ServerError} from '../errors.js'
import {listBackups} from '../files/backups.js'
import {requireWritable} from '../graphs/data-dir.js'
import {spellings} from '../graphs/name.js'
import {readRecord} from '../lock/record-file.js'
import type {UncleanEnd} from '../lock/unclean-end.js'
import type {ProcessFacts} from '../process/identity.js'
import {realPath} from '../process/scan.js'
import {terminate} from '../process/terminate.js'
import {timeText} from '../time-text.js'
import {inspect} from './inspect/inspect.js'
import type {Operation, StartOptions} from './operation.js'
import {findOrphans} from './orphans.js'
import {requireScript} from './require-script.js'
import {type ReportedError, type Spawned, type SpawnOutcome, spawnServer} from './spawn.js'

/** Time to read a message that has arrived, in ms. */
const MESSAGE_MS = 50

/** Time to look for the winner of a race before trying again, in ms. */
const RACE_WAIT_MS = 1000

/** Time for a server to exit after it reported a failure, in ms. */
const EXIT_GRACE_MS = 1000

/** Result of a launch: a ready server, or the loss against another one. */
export type Launched =
  | {
      created: boolean
      kind: 'ready'
      /** Lock id in its message; undefined for a server of another script. */
      lockId: string | undefined
      pid: number | undefined
      uncleanEnd: UncleanEnd | undefined
    }
  | {error: ServerError; kind: 'lost'}

/**
 * Starts a server and waits for its message.
 * @param lost error of an earlier attempt of the same start, reported on a timeout
 * @throws ServerError `server-start-failed`, `repo-locked`, `server-start-timeout-orphan`; a process of this launch
 * that no record names is stopped first
 */
export async function launch(op: Operation, options: StartOptions, lost?: ServerError): Promise<Launched> {
  requireWritable(op.graph.dir)
  requireScript(op, options, 'not started')
  const spawned = spawnServer({
    create: options.create ?? false,
    graph: op.graph,
    idleTimeoutMs: options.idleTimeoutMs,
    lifetime: options.lifetime,
    logLevel: options.logLevel,
    requester: op.requester,
    rootDir: op.rootDir,
    script: options.workerScript,
    supervised: options.supervise !== undefined,
  })
  op.report.debug(`spawned pid ${spawned.pid}, log ${spawned.logPath}`)
  op.report.progress(`Starting the server of ${op.graph.name}`)
  try {
    const outcome = await waitForOutcome(op, spawned, options.workerScript !== undefined)
    if (outcome === 'time-up') throw await timeUp(op, spawned, lost)
    op.report.debug(`pid ${spawned.pid}: ${outcome.kind}`)
    switch (outcome.kind) {
      case 'died':
        throwIfMachine(outcome.cause)
        return await afterDeath(op, spawned, outcome.reason)
      case 'failed':
        if (options.workerScript !== undefined) await endSpawned(op, spawned)
        // It is about to exit: the caller of a failed start should find no process.
        await poll(op.system.clock, op.system.clock.now() + EXIT_GRACE_MS, () => spawned.ended() || undefined)
        return await afterFailure(op, spawned, outcome.error)
      case 'ready':
        if (options.supervise) {
          spawned.keep()
          options.supervise(spawned)
        }

        return {
          created: outcome.created,
          kind: 'ready',
          lockId: options.workerScript === undefined ? outcome.lockId : undefined,
          pid: spawned.pid,
          uncleanEnd: outcome.uncleanEnd,
        }
    }
  } catch (error) {
    if (op.signal?.aborted) await endSpawned(op, spawned)
    throw error
  } finally {
    spawned.release()
  }
}

/** Waits for the server's message, its death, its record (for other scripts), or the timeout. */
async function waitForOutcome(op: Operation, spawned: Spawned, byRecord: boolean): Promise<'time-up' | SpawnOutcome> {
  const settled = new AbortController()
  const signal = op.signal ? AbortSignal.any([op.signal, settled.signal]) : settled.signal
  const record = async (): Promise<'time-up' | SpawnOutcome> => {
    const outcome = await poll<SpawnOutcome>(
      op.system.clock,
      op.until,
      async () => {
        if (!byRecord) return undefined
        const seen = await inspect(op.system, op.graph, op)
        return seen.state === 'ready' ? {created: false, kind: 'ready'} : misplaced(op, spawned.pid)
      },
      signal,
    )
    if (outcome) return outcome
    await op.system.clock.sleep(MESSAGE_MS, signal) // this program may have been suspended since the server was ready
    return 'time-up'
  }

  const waiting = record()
  waiting.catch(() => {}) // ignored: superseded by the server's own message
  try {
    return await Promise.race([spawned.outcome, waiting])
  } finally {
    settled.abort()
  }
}

/**
 * Finds a server of another script in a directory of another spelling of the graph's name: Logseq's servers spell it with or
 * without spaces, whatever is there. That is another graph.
 */
function misplaced(op: Operation, pid: number | undefined): SpawnOutcome | undefined {
  const {dataDir, dir, name} = op.graph
  const isThere = (other: string) => {
    const read = readRecord(other)
    return read.kind === 'present' && read.record.pid === pid
  }

  const other = spellings(name)
    .map((spelling) => join(dataDir, spelling))
    .find((other) => isThere(other) && realPath(other) !== dir)
  if (other === undefined) return undefined
  const message = `the script serves ${other}, not ${dir}, and was stopped`
  const hint =
    'Use a script of the Logseq that made the graph, or omit --worker-script. The files that the script created were not changed.'
  return {error: {code: 'exception', hint, message}, kind: 'failed'}
}

/**
 * Handles a failure that the server reported. If another server has the graph, it is looked for; anything else is
 * final.
 */
async function afterFailure(op: Operation, spawned: Spawned, said: ReportedError): Promise<Launched> {
  if (said.code === 'repo-locked') {
    const error = new ServerError('repo-locked', said.message, {details: {repo: op.graph.repo}})
    await waitForWinner(op)
    return {error, kind: 'lost'}
  }

  if (said.code === 'graph-in-use') throw new ServerError('repo-locked', said.message, {details: {repo: op.graph.repo}})
  // Same error as on this side: the obstacle is in the directory, not in the server.
  if (
    said.code === 'data-dir-permission' ||
    said.code === 'sqlite-not-available' ||
    said.code === 'too-many-open-files'
  )
    throw new ServerError(said.code, said.message, {
      details: {repo: op.graph.repo, ...said.details},
      hint: said.hint,
    })
  throw startFailed(op, spawned, said.message, said)
}

/** Throws if the process could not be started for want of descriptors. @throws ServerError */
function throwIfMachine(cause: Error | undefined): void {
  const failure = machineError(cause)
  if (failure) throw failure
}

/**
 * Handles a server that died without a message. Another start may have stopped it as an orphan, so there may be a
 * winner.
 */
async function afterDeath(op: Operation, spawned: Spawned, reason: string): Promise<Launched> {
  const seen = await inspect(op.system, op.graph, op)
  const error = startFailed(op, spawned, reason)
  if (seen.state === 'starting' || seen.state === 'ready') return {error, kind: 'lost'}
  throw error
}

/** Creates the error of a failed start. @param reason error that the server reported, whose code has the better hint */
function startFailed(op: Operation, spawned: Spawned, why: string, reason?: ReportedError): ServerError {
  const known =
    reason && reason.code !== 'exception' && Object.hasOwn(ERRORS, reason.code)
      ? ERRORS[reason.code as ErrorCode]
      : undefined
  return new ServerError('server-start-failed', `The server of ${op.graph.name} failed to start: ${why}`, {
    details: {
      repo: op.graph.repo,
      ...(reason && {reason: {code: reason.code, message: reason.message}}),
      log: spawned.logPath,
      'log-tail': spawned.logTail(),
    },
    hint: reason && hasNoBackupFor(op, reason) ? noBackupHint(op) : (reason?.hint ?? known?.hint),
  })
}

/** Returns true if the hint of an error is to restore a backup, and the graph has none. */
function hasNoBackupFor({graph}: Operation, {code, hint}: ReportedError): boolean {
  if (code !== 'graph-invalid' && code !== 'graph-damaged') return false
  if ((hint ?? ERRORS[code].hint) !== ERRORS[code].hint) return false
  try {
    return listBackups(graph.dir).length === 0
  } catch {
    return false // an inaccessible directory may hold backups; the start failed for another reason
  }
}

function noBackupHint({graph}: Operation): string {
  return `${graph.name} has no backups. If you have a copy of its database: \`logseq graph restore --file PATH\`.`
}

/** Waits briefly for the winning server to appear. */
async function waitForWinner(op: Operation): Promise<void> {
  const until = Math.min(op.until, op.system.clock.now() + RACE_WAIT_MS)
  await poll(
    op.system.clock,
    until,
    async () => {
      const {state} = await inspect(op.system, op.graph, op)
      return state === 'ready' || state === 'starting' || undefined
    },
    op.signal,
  )
}

/** Handles a timeout: finds live processes, stops those that no record names, and reports both. */
async function timeUp(op: Operation, spawned: Spawned, lost: ServerError | undefined): Promise<ServerError> {
  const seen = await inspect(op.system, op.graph, op)
  const named = 'record' in seen && seen.state !== 'stale' ? seen.record.pid : undefined
  const scan = await findOrphans(op.system, op.graph)
  const alive = [...new Set([named, spawned.pid, ...scan.pids].filter((pid) => pid !== undefined))]
  const ended = spawned.pid !== undefined && spawned.pid !== named ? await endSpawned(op, spawned) : []
  if (lost) return lost
  return timeoutError(op, alive, ended, spawned.logPath)
}

/** Creates the error of a start that timed out. `pids` were found; `ended` are those among them that are gone now. */
export function timeoutError(op: Operation, pids: number[], ended: number[], log?: string): ServerError {
  const left = pids.filter((pid) => !ended.includes(pid))
  const what = left.length > 0 ? `pid ${left.join(', ')} is still starting` : 'the process of this start was stopped'
  return new ServerError(
    'server-start-timeout-orphan',
    `The server of ${op.graph.name} was not ready after ${timeText(op.timeoutMs)}; ${what}`,
    {
      details: {repo: op.graph.repo, pids, 'pids-terminated': ended, ...(log !== undefined && {log})},
      ...(left.length > 0 && {hint: 'Wait for it: `logseq COMMAND --timeout 2m`.'}),
    },
  )
}

/** Stops the process of this launch, and no other. @returns its pid if it was stopped */
async function endSpawned(op: Operation, spawned: Spawned): Promise<number[]> {
  const {pid} = spawned
  if (pid === undefined) return []
  const {processes} = op.system
  let first: ProcessFacts | undefined
  const how = await terminate(op.system, async () => {
    // Until Node.js reports that it has reaped its child, no other process can have this pid.
    if (spawned.ended()) return undefined
    const now = await processes.getProcess(pid)
    first ??= now
    return now && !now.zombie && now.start === first?.start ? now : undefined
  })
  return how === 'gone' || how === 'survived' ? [] : [pid]
}
