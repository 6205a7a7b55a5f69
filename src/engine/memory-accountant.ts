import type {ExecutionContext} from './task.js'

/** Rows that are counted at once. */
const BATCH = 1024

/** What a query spends: steps, after which others may have their turn, and rows that it keeps in memory. */
export class MemoryAccountant {
  readonly execution: ExecutionContext
  /** Rows that are kept. */
  held = 0
  #uncounted = 0

  constructor(execution: ExecutionContext) {
    this.execution = execution
  }

  /** Is it time to yield? Cheap enough for every row: the scheduler itself seldom looks at the clock. */
  shouldYield(): boolean {
    return this.execution.shouldYield()
  }

  /**
   * One more row is kept.
   * @throws ServerError `query-too-large`
   */
  countRow(): void {
    if (++this.#uncounted === BATCH) this.countRows(0)
  }

  /** So many more rows are kept, or fewer. */
  countRows(rows: number): void {
    const change = rows + this.#uncounted
    this.#uncounted = 0
    this.held += change
    this.execution.reserveRows(change)
  }

  /** So many more rows are kept until the query has its result. */
  retain(rows: number): void {
    this.execution.reserveRows(rows)
  }

  /** What was needed on the way to a result is let go of: so many rows are kept now. */
  releaseTo(rows: number): void {
    this.countRows(rows - this.held - this.#uncounted)
  }
}
