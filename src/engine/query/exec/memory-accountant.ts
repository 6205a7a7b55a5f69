import type {ExecutionContext} from '../../task.js'

/** Rows that are counted at once. */
const BATCH = 1024

/** How many cheap steps go by between two looks at the time. What may take longer looks each time, with `execution.due`. */
const STRIDE = 16

/** What a query spends: steps, after which others may have their turn, and rows that it keeps in memory. */
export class MemoryAccountant {
  readonly execution: ExecutionContext
  /** Rows that are kept. */
  held = 0
  #left = STRIDE
  #uncounted = 0

  constructor(execution: ExecutionContext) {
    this.execution = execution
  }

  /** One more step: is it time to yield? */
  shouldYield(): boolean {
    if (--this.#left > 0) return false
    this.#left = STRIDE
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
