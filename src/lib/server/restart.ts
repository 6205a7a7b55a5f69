import {ServerError} from '../errors.js'
import {begin, busyError, requireOwnGraph, type StartOptions, tryLifecycle} from './operation.js'
import type {StartResult} from './results.js'
import {startUnderMutex} from './start.js'
import {stopUnderMutex} from './stop.js'

/**
 * Stops a graph's daemon and starts a new one, in one piece: nobody else can start one in between. A requester who
 * may not stop it is refused before anything happens; where none runs, one is started.
 */
export async function restartServer(options: Omit<StartOptions, 'create'>): Promise<StartResult> {
  const op = await begin(options)
  await requireOwnGraph(op)
  const mutex = await tryLifecycle(op)
  if ('abandoned' in mutex) throw busyError(op, mutex.abandoned ? undefined : mutex.holder)
  try {
    await stopUnderMutex(op).catch((error: unknown) => {
      if (!(error instanceof ServerError && error.code === 'server-not-found')) throw error
    })
    return await startUnderMutex(op, options)
  } finally {
    await mutex.release()
  }
}
