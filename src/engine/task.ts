/**
 * Work that lets others in: a generator that yields whenever its slice of time is used up, so that one thread can serve
 * everybody while a query burns. It is ended from outside by `return()`, or by an error thrown into it.
 *
 *     for (...) {
 *       ...
 *       if (execution.due()) yield
 *     }
 */
export type CooperativeTask<T> = Generator<undefined, T, undefined>

/** What a task asks while it loops. */
export interface ExecutionContext {
  /** Is it time to yield? Cheap enough for every turn of a loop. */
  shouldYield(): boolean
  /**
   * So many more rows (or values) are held in memory by this task, or so many fewer.
   * @throws ServerError `query-too-large` when they are too many
   */
  reserveRows(rows: number): void
}

/** For work that nobody else waits for: tests, checks, what happens before the server is ready. */
export const NO_LIMITS: ExecutionContext = {shouldYield: () => false, reserveRows() {}}

/** Runs a task to its end at once. */
export function runSync<T>(task: CooperativeTask<T>): T {
  for (;;) {
    const {done, value} = task.next()
    if (done) return value
  }
}
