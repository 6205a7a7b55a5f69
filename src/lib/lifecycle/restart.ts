import {ServerError} from '../errors.js'
import {keptBy} from './kept-options.js'
import {begin, requireOwnGraph, type StartOptions, withLifecycle} from './operation.js'
import type {StartResult} from './results.js'
import {startWithLock} from './start.js'
import {stopWithLock} from './stop.js'

/**
 * Stops a graph's server and starts a new one, under one start lock, so that no other start comes in between. A
 * requester who may not stop it is refused first. If no server runs, one is started.
 */
export async function restartServer(options: Omit<StartOptions, 'create'>): Promise<StartResult> {
  const op = await begin(options)
  requireOwnGraph(op)
  return withLifecycle(op, async () => {
    const kept = keptBy(op, options)
    await stopWithLock(op).catch((error: unknown) => {
      if (!(error instanceof ServerError && error.code === 'server-not-found')) throw error
    })
    return startWithLock(op, kept)
  })
}
