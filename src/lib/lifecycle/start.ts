import {present} from '../../values/present.js'
import {pollDelays} from '../clock.js'
import type {ServerError} from '../errors.js'
import {hasDatabase} from '../graphs/locate.js'
import {ownerIsDead} from '../lock/owner-process.js'
import {authority, ownerOf, updatesOwnerProcess} from '../lock/owner.js'
import {readRecord} from '../lock/record-file.js'
import type {LockRecord} from '../lock/record.js'
import {type UncleanEnd, uncleanEndText} from '../lock/unclean-end.js'
import type {ScanOutcome} from '../process/scan.js'
import {requireText} from '../require-argument.js'
import {decideStart, type StartAuthority} from './decide.js'
import type {Inspection, Named} from './inspect/classify.js'
import {inspect} from './inspect/inspect.js'
import {launch, timeoutError} from './launch.js'
import {warnOfLoopback} from './loopback.js'
import {
  begin,
  missingError,
  type Operation,
  requireOwnGraph,
  type StartOptions,
  timeLeft,
  withStartLock,
} from './operation.js'
import {endOrphans, findOrphans} from './orphans.js'
import {isOtherBuild, otherBuildWarning} from './other-build.js'
import {renewOwner, takeOver} from './records.js'
import {runtimeOf, type StartResult} from './results.js'
import {requireUnsharedFiles, warnOfSharedFiles} from './shared-files.js'
import {errorForState} from './state-errors.js'
import {mayStop} from './stoppable.js'
import {keepFromEnding} from './use.js'

/** Work that a start has done so far, for its result. */
interface Done {
  created: boolean
  /** Pid of the server that this start launched. */
  launched?: number
  /** Lock id in the message of that server. */
  lockId?: string | undefined
  /** Error of the last launch that lost against another one. */
  lost?: ServerError
  orphans: number[]
  scan: 'not-needed' | ScanOutcome
  /** Present if the previous server did not stop cleanly. */
  uncleanEnd?: UncleanEnd | undefined
}

const nothingDone = (): Done => ({created: false, orphans: [], scan: 'not-needed'})

/**
 * Makes sure that a graph's server runs and is ready: reuses a running one; otherwise stops leftover servers and starts
 * one.
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function startServer(options: StartOptions): Promise<StartResult> {
  requireText(options, 'repo') // before `create` is read: a program without types may pass nothing
  const op = await begin(options, options.create ? 'create' : 'suggest-create')
  return start(op, options)
}

/** Same for an operation that has begun. */
async function start(op: Operation, options: StartOptions): Promise<StartResult> {
  const seen = await look(op)
  const step = decideStart(seen, await mayDo(op, seen))
  if (step.do === 'reuse' && (await isStaying(op, step.seen))) return startResult(op, step.seen, nothingDone())
  requireOwnGraph(op)
  if (step.do === 'wait') requireTime(op, step.seen) // a frozen server may have taken all of it

  return withStartLock(
    op,
    () => startWithLock(op, options),
    async () => {
      const now = await inspect(op.system, op.graph, op)
      return now.state === 'ready' && (await isStaying(op, now)) ? startResult(op, now, nothingDone()) : undefined
    },
  )
}

/** Runs the start under the start lock: inspects, decides and acts until a server is ready or the time is up. */
export async function startWithLock(op: Operation, options: StartOptions): Promise<StartResult> {
  const done = nothingDone()
  const delays = pollDelays()
  for (;;) {
    // Once its server is ready, a start has happened, and Ctrl-C can no longer undo it.
    if (done.launched === undefined) op.signal?.throwIfAborted()
    const seen = findLaunched(op, done) ?? (await look(op))
    const step = decideStart(seen, await mayDo(op, seen))
    switch (step.do) {
      case 'refuse':
        throw errorForState(op, seen)
      case 'renew':
      case 'reuse':
      case 'take-over': {
        const found = step.do === 'reuse' ? step.seen : await updateOwner(op, step)
        if (found && (done.launched !== undefined || (await isStaying(op, found)))) return startResult(op, found, done)
        await waitForEnd(op, step.seen, delays)
        break
      }

      case 'wait':
        requireTime(op, step.seen)
        op.report.progress(`Waiting for the server of ${op.graph.name} (pid ${step.seen.record.pid}) to respond`)
        await op.system.clock.sleep(delays.next().value, done.launched === undefined ? op.signal : undefined)
        break
      case 'spawn':
        if (timeLeft(op) <= 0) throw done.lost ?? timeoutError(op, (await findOrphans(op.system, op.graph)).pids, [])
        await spawn(op, options, done)
    }
  }
}

/** Writes the requester into the record of a server. @returns undefined if it is no longer the one that was inspected */
async function updateOwner(
  {graph, requester, system}: Operation,
  step: {do: 'renew' | 'take-over'; seen: Named},
): Promise<Named | undefined> {
  const {record: old} = step.seen
  const record =
    step.do === 'renew'
      ? await renewOwner(system, graph, old, present(requester.process))
      : await takeOver(system, graph, old)
  // the port of one of Logseq's own is in no record
  return record && {...step.seen, record: {...record, port: record.port ?? old.port}}
}

/** Requires that there is time to wait for a server. */
function requireTime(op: Operation, seen: Named): void {
  if (timeLeft(op) <= 0)
    throw seen.state === 'unresponsive' ? errorForState(op, seen) : timeoutError(op, [seen.record.pid], [])
}

/** Makes sure that a server which ends when it is not used does not end now: a start is a use. */
async function isStaying({force, graph, system}: Operation, {record}: Named): Promise<boolean> {
  return record['idle-timeout-ms'] === undefined || keepFromEnding(system, graph, {force})
}

/** Waits a little for a server that ends by itself. @throws ServerError if the time is up */
async function waitForEnd(op: Operation, {record}: Named, delays: Iterator<number, never>): Promise<void> {
  if (timeLeft(op) <= 0) throw timeoutError(op, [record.pid], [])
  op.report.progress(`Waiting for the server of ${op.graph.name} (pid ${record.pid}) to finish`)
  await op.system.clock.sleep(delays.next().value, op.signal)
}

/** Stops the orphans, then starts a server. The caller inspects again in any case. */
async function spawn(op: Operation, options: StartOptions, done: Done): Promise<void> {
  if (!options.create && !hasDatabase(op.graph)) throw missingError(op)
  await requireUnsharedFiles(op)
  const orphans = await endOrphans(op)
  for (const pid of orphans.pids) done.orphans.push(pid)
  done.scan = orphans.outcome
  if (orphans.named) return
  const launched = await launch(op, options, done.lost)
  if (launched.kind === 'lost') done.lost = launched.error
  else {
    const {created, lockId, pid, uncleanEnd} = launched
    Object.assign(done, {created, launched: pid, lockId, uncleanEnd})
  }
}

/**
 * Finds the server that this start launched, if the record names it. Its message over its own channel says more than a
 * proof on its port, which takes both processes some time.
 */
function findLaunched({graph}: Operation, {launched, lockId}: Done): Inspection | undefined {
  if (lockId === undefined) return undefined
  const read = readRecord(graph.dir)
  if (read.kind !== 'present' || read.record.pid !== launched || read.record['lock-id'] !== lockId) return undefined
  return {provesPlace: true, record: read.record, state: 'ready'} // it has compared the graph id
}

async function look(op: Operation): Promise<Inspection> {
  const seen = await inspect(op.system, op.graph, op)
  op.report.debug(`record: ${seen.state}${'record' in seen ? ` (pid ${seen.record.pid})` : ''}`)
  return seen
}

/** Returns what the requester may do with the inspected server. */
async function mayDo(op: Operation, seen: Inspection): Promise<StartAuthority> {
  if (!('record' in seen)) return {canStop: true, updatesOwnerProcess: false, takesOver: false}
  const {record} = seen
  return {
    ...authority(op.requester, ownerOf(record), await ownerIsDead(op.system, record)),
    updatesOwnerProcess: updatesOwnerProcess(op.requester, record),
  }
}

/** Returns the result of a start that found this server. @param seen server that is ready */
export function resultOfRunning(op: Operation, seen: Named): Promise<StartResult> {
  return startResult(op, seen, nothingDone())
}

/** @param seen server that is ready */
async function startResult(op: Operation, seen: Named, done: Done): Promise<StartResult> {
  const {record} = seen
  const reused = record.pid !== done.launched
  const owned = await mayStop(op.system, op.graph, op.requester, seen)
  return {
    ...runtimeOf(op.graph, record, owned),
    ...(record['auth-token'] !== undefined && record['lock-id'] !== undefined && {'lock-id': record['lock-id']}),
    ...(seen.provesPlace && {'graph-id': op.graph.id}),
    reused,
    created: done.created && !reused,
    'orphans-terminated': done.orphans,
    'orphan-scan': done.scan,
    ...(done.uncleanEnd && {'unclean-end': done.uncleanEnd}),
    warnings: [...op.graph.warnings, ...(await warningsOf(op, record, owned, done))],
  }
}

async function warningsOf(
  {graph}: Operation,
  {pid, revision, supervised}: LockRecord,
  owned: boolean,
  {launched, uncleanEnd}: Done,
): Promise<string[]> {
  const warnings: string[] = []
  if (uncleanEnd) warnings.push(uncleanEndText(graph.name, uncleanEnd))
  // Others cannot restart it.
  if (pid !== launched && owned && isOtherBuild(revision))
    warnings.push(otherBuildWarning([{graph: graph.name, revision}]))
  if (pid !== launched) return warnings
  const {endsWithCaller} = await import('../process/control-group.js') // it loads child_process, which a reuse does not need
  return [...warnings, ...warnOfLoopback(graph), ...warnOfSharedFiles(graph), ...(supervised ? [] : endsWithCaller())]
}
