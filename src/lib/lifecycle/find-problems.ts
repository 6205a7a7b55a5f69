import {setImmediate as nextTurn} from 'node:timers/promises'

/**
 * Checks a whole database file that no program has open. Only commands that check a file load the engine. Other events
 * (Ctrl-C) are processed between its steps.
 * @returns the problems; empty if there are none
 * @throws the error of the file system; the reason of the signal
 */
export async function findProblems(path: string, signal?: AbortSignal): Promise<ReadonlyArray<{what: string}>> {
  const engine = await import('../../engine/integrity/whole-file.js')
  let steps = 0
  const task = engine.findProblems(path, {shouldYield: () => ++steps % STEPS === 0, reserveRows() {}})
  try {
    for (;;) {
      const {done, value} = task.next()
      if (done) return value
      await nextTurn()
      signal?.throwIfAborted()
    }
  } finally {
    task.return([])
  }
}

/** Steps of a check per turn of the event loop: a few ms. */
const STEPS = 1000
