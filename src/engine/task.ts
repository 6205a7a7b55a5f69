/**
 * Cooperative task: a generator that yields when its time slice is used up, so that one thread can serve other requests
 * during a long-running query. It is ended from outside by `return()`, or by an error thrown into it.
 *
 *     for (...) {
 *       ...
 *       if (execution.shouldYield()) yield
 *     }
 */
export type CooperativeTask<T> = Generator<undefined, T, undefined>

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

/** Runs a task to its end at once. */
export function runSync<T>(task: CooperativeTask<T>): T {
  for (;;) {
    const {done, value} = task.next()
    if (done) return value
  }
}
