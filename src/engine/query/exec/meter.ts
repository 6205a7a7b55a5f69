import type {Pace} from '../../task.js'

/** Rows that are counted at once. */
const BATCH = 1024

/** How many cheap steps go by between two looks at the time. What may take longer looks each time, with `pace.due`. */
const STRIDE = 16

/** What a query spends: steps, after which others may have their turn, and rows that it keeps in memory. */
export class Meter {
  readonly pace: Pace
  /** Rows that are kept. */
  held = 0
  #left = STRIDE
  #uncounted = 0

  constructor(pace: Pace) {
    this.pace = pace
  }

  /** One more step: is it time to yield? */
  due(): boolean {
    if (--this.#left > 0) return false
    this.#left = STRIDE
    return this.pace.due()
  }

  /**
   * One more row is kept.
   * @throws ServerError `query-too-large`
   */
  row(): void {
    if (++this.#uncounted === BATCH) this.add(0)
  }

  /** So many more rows are kept, or fewer. */
  add(rows: number): void {
    const change = rows + this.#uncounted
    this.#uncounted = 0
    this.held += change
    this.pace.hold(change)
  }

  /** So many more rows are kept until the query has its result. */
  pin(rows: number): void {
    this.pace.hold(rows)
  }

  /** What was needed on the way to a result is let go of: so many rows are kept now. */
  settle(rows: number): void {
    this.add(rows - this.held - this.#uncounted)
  }
}
