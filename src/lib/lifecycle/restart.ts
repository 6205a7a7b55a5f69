import {poll} from '../clock.js'
import {ServerError, withSequel} from '../errors.js'
import {timeText} from '../time-text.js'
import {inspect} from './inspect/inspect.js'
import {isSupervised, keptBy} from './kept-options.js'
import {begin, type Operation, requireOwnGraph, type StartOptions, withStartLock} from './operation.js'
import {requireScript} from './require-script.js'
import type {StartResult} from './results.js'
import {resultOfRunning, startWithLock} from './start.js'
import {stopWithLock} from './stop.js'

/**
 * Minimum time for the start, in ms: a graph is not left without a server because the stop has taken all the time. It ends before the
 * start lock expires.
 */
const START_MS = 5000

/**
 * Stops a graph's server and starts a new one, under one start lock, so that no other start comes in between. A
 * requester who may not stop it is refused first. If no server runs, one is started. A server that a supervisor runs is started
 * again by its supervisor.
 */
export async function restartServer(options: Omit<StartOptions, 'create'>): Promise<StartResult> {
  const op = await begin(options)
  requireOwnGraph(op)
  const started = await withStartLock(op, () => replaceWithLock(op, options))
  return started === 'by its supervisor' ? awaitSupervisor(op) : started
}

/**
 * Replaces a server under the start lock, or asks its supervisor to. The supervisor needs the start lock for that, so that it is
 * waited for when the lock is released.
 */
export async function replaceWithLock(
  op: Operation,
  options: StartOptions,
): Promise<'by its supervisor' | StartResult> {
  requireScript(op, options, 'not restarted') // while the running server could still be kept
  const kept = keptBy(op, options)
  const supervised = isSupervised(op)
  const stopped = await stopWithLock(op, true).catch((error: unknown) => {
    if (!(error instanceof ServerError && error.code === 'server-not-found')) throw error
  })
  if (stopped && supervised) return 'by its supervisor'
  const until = stopped ? Math.max(op.until, op.system.clock.now() + START_MS) : op.until
  try {
    return await startWithLock({...op, until}, kept)
  } catch (error) {
    throw stopped ? withSequel(error, `the server before it (pid ${stopped.pid}) was stopped`) : error
  }
}

/** Waits for the server that a supervisor starts. @throws ServerError `server-ended` if none comes in time */
export async function awaitSupervisor(op: Operation): Promise<StartResult> {
  op.report.progress(`Waiting for the supervisor of ${op.graph.name} to start its server`)
  const seen = await poll(
    op.system.clock,
    op.until,
    async () => {
      const now = await inspect(op.system, op.graph, op)
      return now.state === 'ready' ? now : undefined
    },
    op.signal,
  )
  if (seen) return {...(await resultOfRunning(op, seen)), reused: false}
  const message = `The server of ${op.graph.name} has ended, and its supervisor has not started it again in ${timeText(op.timeoutMs)}`
  throw new ServerError('server-ended', message, {
    details: {repo: op.graph.repo},
    hint: 'Look at its supervisor (`systemctl status`, `docker ps`), or start the server without it: `logseq server start`.',
  })
}
