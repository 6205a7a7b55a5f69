import type {Store} from '../engine/files/open-store.js'
import {checkGraph, type CheckReport} from '../engine/integrity/check.js'
import type {KvsStore} from '../engine/storage/kvs-store.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import {checkElsewhere, isLarge} from './file-check.js'
import type {Soundness} from './soundness.js'

/**
 * Checks the whole structure of the open graph. A large graph is checked by another process; if that fails, by this one.
 */
export function* checkStore(
  store: Store,
  kvs: KvsStore,
  {execution, logError, soundness}: {execution: ExecutionContext; logError(error: unknown): void; soundness: Soundness},
): CooperativeTask<CheckReport> {
  if (isLarge(store.path)) {
    try {
      return yield* checkStill(store, soundness)
    } catch (error) {
      logError(error)
    }
  }

  return yield* checkGraph(store.db, kvs, execution)
}

/** Checks the files of a graph in another process. A log that may not belong to the database is not written back for that. */
function* checkStill(store: Store, {damage, isDoubted, isVerified}: Soundness): CooperativeTask<CheckReport> {
  const isDoubtful = damage !== undefined || isDoubted || (store.hadLog && !isVerified)
  if (isDoubtful && store.files.logSize > 0) return yield* checkElsewhere(store.path, true)
  const release = store.holdStill()
  try {
    return yield* checkElsewhere(store.path)
  } finally {
    release()
  }
}
