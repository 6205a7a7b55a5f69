import {setImmediate as nextTurn, setTimeout as sleep} from 'node:timers/promises'

/**
 * Cooperative task: a generator that yields when its time slice is used up, so that one thread can serve other requests
 * during a long-running query. It is ended from outside by `return()`, or by an error thrown into it.
 *
 *     for (...) {
 *       ...
 *       if (execution.shouldYield()) yield
 *     }
 *
 * A task that yields a promise runs on when that is settled; see `awaited`.
 */
export type CooperativeTask<T> = Generator<Promise<unknown> | undefined, T, undefined>

/** Limits of a task, which it checks while it loops. */
export interface ExecutionContext {
  /** Returns true if it is time to yield. Cheap enough for every iteration. */
  shouldYield(): boolean
  /**
   * Counts rows (or values) that this task holds in memory; negative when it releases them.
   * @throws ServerError `query-too-large` when they are too many
   */
  reserveRows(rows: number): void
}

/** No limits, for work that keeps no request waiting: tests, checks, steps before the server is ready. */
export const NO_LIMITS: ExecutionContext = {shouldYield: () => false, reserveRows() {}}

/** Time after which a task that waits is looked at again, in ms: its deadline may have passed. */
const LOOK_MS = 50

/**
 * Waits within a task, while other tasks run.
 * @returns what the promise resolves with
 * @throws what it rejects with
 */
export function* awaited<T>(promise: Promise<T>): CooperativeTask<T> {
  const outcomes: Array<() => T> = []
  const settled = promise.then(
    (value) => outcomes.push(() => value),
    (error: unknown) =>
      outcomes.push(() => {
        throw error
      }),
  )
  for (;;) {
    const [outcome] = outcomes
    if (outcome) return outcome()
    yield Promise.race([settled, sleep(LOOK_MS, undefined, {ref: false})])
  }
}

/** Runs a task to its end at once. @throws Error if it waits for a promise */
export function runSync<T>(task: CooperativeTask<T>): T {
  for (;;) {
    const {done, value} = task.next()
    if (done) return value
    if (value) throw new Error('this task waits, and cannot be run at once')
  }
}

/** Steps of a task per turn of the event loop: a few ms. */
const STEPS_PER_TURN = 1000

/**
 * Runs a task to its end in a process that has nothing else to do. Events, such as Ctrl-C, are processed between its steps.
 * @param signal ends the task between two steps; what it has open is closed
 * @throws the error of the task; the reason of the signal
 */
export async function runInTurns<T>(
  start: (execution: ExecutionContext) => CooperativeTask<T>,
  signal?: AbortSignal,
): Promise<T> {
  let steps = 0
  const task = start({...NO_LIMITS, shouldYield: () => ++steps % STEPS_PER_TURN === 0})
  try {
    for (;;) {
      const {done, value} = task.next()
      if (done) return value
      await (value ?? nextTurn())
      signal?.throwIfAborted()
    }
  } finally {
    task.return(undefined as never) // nothing for a task that has ended
  }
}
