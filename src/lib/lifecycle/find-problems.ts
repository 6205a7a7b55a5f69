import {setImmediate as nextTurn} from 'node:timers/promises'

/**
 * Checks a whole database file that nobody has open. The engine is loaded by those commands alone that check a file, and others
 * (Ctrl-C) get their turn between its steps.
 * @returns what is wrong; empty when it is sound
 * @throws the error of the file system; the signal's reason
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

/** So many steps of a check are taken in one turn: a few ms. */
const STEPS = 1000
