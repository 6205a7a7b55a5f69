import type {ExecutionContext} from './task.js'

/** Rows that are counted at once. */
const BATCH = 1024

/** Counts the rows that a query keeps in memory, and knows when it is time to yield. */
export class MemoryAccountant {
  readonly execution: ExecutionContext
  /** Rows that are kept. */
  held = 0
  #uncounted = 0

  constructor(execution: ExecutionContext) {
    this.execution = execution
  }

  /** Returns true if it is time to yield. Cheap enough for every row: the scheduler itself seldom reads the clock. */
  shouldYield(): boolean {
    return this.execution.shouldYield()
  }

  /**
   * Counts one more row.
   * @throws ServerError `query-too-large`
   */
  countRow(): void {
    if (++this.#uncounted === BATCH) this.countRows(0)
  }

  /** Counts more rows, or fewer if negative. */
  countRows(rows: number): void {
    const change = rows + this.#uncounted
    this.#uncounted = 0
    this.held += change
    this.execution.reserveRows(change)
  }

  /** Counts rows that are kept until the query has its result. */
  retain(rows: number): void {
    this.execution.reserveRows(rows)
  }

  /** Releases all rows but this many, after a step whose intermediate rows are not needed any more. */
  releaseTo(rows: number): void {
    this.countRows(rows - this.held - this.#uncounted)
  }
}
