import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'

/** Maximum number of calls of `shouldYield` for each look at the clock, while the clock shows that little passes. */
const MAX_STRIDE = 16

/** Time between two looks at the clock below which they become fewer, and above which each call looks, in ms. */
const SHORT_INTERVAL_MS = 0.05
const LONG_INTERVAL_MS = 0.5

/** Rows held by all tasks together. */
export class Budget {
  readonly perTask: number
  readonly total: number
  held = 0

  constructor(perTask: number, total: number) {
    this.perTask = perTask
    this.total = total
  }
}

/** Limits of a task, beside the maximum number of its rows. */
export interface Bounds {
  /** When its time is up, on the scheduler's clock. */
  deadline: number
  timeoutMs: number
}

/** Running task: its time slice, its share of memory, and its result. */
export class Job<T = unknown> implements ExecutionContext {
  readonly bounds: Bounds
  /** Time that it has run, in ms. */
  spent = 0
  readonly result: Promise<T>
  settled = false
  /** Promise that it waits for; undefined while it can run. */
  waitsFor: Promise<unknown> | undefined
  readonly #budget: Budget
  #held = 0
  #lastLook = 0
  readonly #now: () => number
  #reject!: (error: unknown) => void
  #resolve!: (result: T) => void
  #skipped = 0
  #sliceEnd = 0
  #stride = 1
  readonly #task: CooperativeTask<T>

  constructor(
    start: (execution: ExecutionContext) => CooperativeTask<T>,
    bounds: Bounds,
    budget: Budget,
    now: () => number,
  ) {
    this.bounds = bounds
    this.#budget = budget
    this.#now = now
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#task = start(this)
  }

  shouldYield(): boolean {
    if (++this.#skipped < this.#stride) return false
    this.#skipped = 0
    const now = this.#now()
    const passed = now - this.#lastLook
    this.#lastLook = now
    if (passed < SHORT_INTERVAL_MS) this.#stride = Math.min(MAX_STRIDE, this.#stride * 2)
    else if (passed > LONG_INTERVAL_MS) this.#stride = 1
    return now >= this.#sliceEnd
  }

  reserveRows(rows: number): void {
    this.#held += rows
    this.#budget.held += rows
    if (rows <= 0) return
    if (this.#held > this.#budget.perTask)
      throw new ServerError('query-too-large', `more than ${this.#budget.perTask} rows would have to be kept in memory`)
    if (this.#budget.held > this.#budget.total)
      throw new ServerError('query-too-large', 'all requests together would keep too many rows in memory')
  }

  /** Lets it run until a time, or to its end, whichever comes first. */
  step(until: number): void {
    const began = this.#now()
    this.#sliceEnd = until
    this.#lastLook = began
    this.#skipped = 0
    try {
      const {done, value} = this.#task.next()
      if (done) this.#settle(() => this.#resolve(value))
      else this.waitsFor = value
    } catch (error) {
      this.#settle(() => this.#reject(error))
    }

    this.spent += this.#now() - began
  }

  /** Cancels the task from outside; its memory is released first. */
  end(why: unknown): void {
    if (this.settled) return
    try {
      let left = this.#task.return(undefined as never)
      while (!left.done) left = this.#task.next()
    } catch {
      // It could not even be ended: the reason why it had to be is the one to tell.
    }

    this.#settle(() => this.#reject(why))
  }

  #settle(report: () => void): void {
    this.settled = true
    this.#budget.held -= this.#held
    this.#held = 0
    report()
  }
}
