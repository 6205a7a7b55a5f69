import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'
import {timeText} from '../../lib/time-text.js'
import {Budget, Job} from './job.js'

/**
 * Maximum time that the event loop may be kept from everything else, in ms. Health, a stop, and other clients wait at
 * most this long.
 */
const SLICE_MS = 10

/** Length of a turn after a client has connected, in ms: the event loop accepts one connection each time, and the others wait behind it. */
const SHORT_SLICE_MS = 1

/** Turns in a row that go to new tasks while old ones wait: these must not stand still. */
const INTERACTIVE_IN_A_ROW = 3

/** Rows that all tasks together may hold in memory, as a multiple of those of one task. */
const TOGETHER = 1.5

/** Options for running a task. */
export interface RunOptions {
  /** Ends it when it aborts, with the signal's reason. */
  signal?: AbortSignal
  /** Maximum time that it may take, including the wait for its turn, in ms. */
  timeoutMs: number
  /** It changes the graph: such tasks run one after the other, in the order in which they came. */
  writes?: boolean
}

/** The outside world of a scheduler; for tests. */
export interface SchedulerOptions {
  maxRows?: number
  maxRowsTogether?: number
  now?: () => number
  sliceMs?: number
  /** Calls back once the event loop has seen to what waits there. */
  soon?: (callback: () => void) => unknown
}

/**
 * Runs tasks in turns on one thread. Between two turns the event loop handles the network. Two queues: new tasks run
 * first; tasks that exceed one slice move to a round-robin queue.
 */
export class Scheduler {
  #budget: Budget | undefined
  /** Those that have run for less than a slice, and those that have run for longer. Both in the order of their turns. */
  readonly #interactive: Job[] = []
  readonly #longRunning: Job[] = []
  #interactiveTurns = 0
  readonly #now: () => number
  readonly #options: SchedulerOptions
  #planned = false
  #short = false
  readonly #sliceMs: number
  /** Tasks that wait for something else than their turn. */
  readonly #parked = new Set<Job>()
  readonly #soon: (callback: () => void) => unknown
  /** All that change the graph; the first of them is under way. */
  readonly #writers: Job[] = []

  constructor(options: SchedulerOptions = {}) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#sliceMs = options.sliceMs ?? SLICE_MS
    this.#soon = options.soon ?? setImmediate
  }

  /** Number of tasks that are under way or wait. */
  get size(): number {
    return this.#all().length
  }

  /**
   * Runs a task to its end.
   * @throws what the task throws; ServerError `query-timeout`; `query-too-large`; the signal's reason
   */
  async run<T>(
    start: (execution: ExecutionContext) => CooperativeTask<T>,
    {signal, timeoutMs, writes}: RunOptions,
  ): Promise<T> {
    signal?.throwIfAborted()
    this.#budget ??= budgetOf(this.#options)
    const job = new Job(start, {deadline: this.#now() + timeoutMs, timeoutMs}, this.#budget, this.#now)
    const leave = () => {
      job.end(signal?.reason)
      this.#forget()
    }

    signal?.addEventListener('abort', leave, {once: true})
    if (!writes || this.#writers.push(job as Job) === 1) this.#interactive.push(job as Job)
    this.#plan()
    try {
      return await job.result
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }

  /** Shortens the next turn: a client has connected, and others may wait behind it. */
  shortenTurn(): void {
    this.#short = true
  }

  /** Ends every task, with this as the reason. */
  cancelAll(why: unknown): void {
    for (const job of this.#all()) job.end(why)
    this.#forget()
  }

  #all(): Job[] {
    return [...new Set([...this.#interactive, ...this.#longRunning, ...this.#parked, ...this.#writers])]
  }

  #plan(): void {
    if (this.#planned || (this.#interactive.length === 0 && this.#longRunning.length === 0)) return
    this.#planned = true
    this.#soon(() => this.#turn())
  }

  #turn(): void {
    this.#planned = false
    const until = this.#now() + (this.#short ? SHORT_SLICE_MS : this.#sliceMs)
    this.#short = false
    this.#endLate()
    const old = this.#isTurnOfLongRunning()
    this.#interactiveTurns = old ? 0 : this.#interactiveTurns + 1
    do {
      const job =
        (old ? undefined : this.#interactive.shift()) ?? this.#longRunning.shift() ?? this.#interactive.shift()
      if (!job) break
      job.step(until)
      if (job.waitsFor) this.#park(job, job.waitsFor)
      else if (!job.settled) (job.spent < this.#sliceMs ? this.#interactive : this.#longRunning).push(job)
      else if (job === this.#writers[0]) this.#nextWriter()
    } while (this.#now() < until)

    this.#plan()
  }

  /** Sets a task aside until a promise is settled, whatever with. */
  #park(job: Job, waitsFor: Promise<unknown>): void {
    job.waitsFor = undefined
    this.#parked.add(job)
    const resume = () => {
      this.#parked.delete(job)
      if (!job.settled) this.#interactive.push(job)
      this.#plan()
    }

    waitsFor.then(resume, resume)
  }

  #isTurnOfLongRunning(): boolean {
    return (
      this.#longRunning.length > 0 && (this.#interactive.length === 0 || this.#interactiveTurns >= INTERACTIVE_IN_A_ROW)
    )
  }

  #nextWriter(): void {
    this.#writers.shift()
    if (this.#writers[0]) this.#interactive.push(this.#writers[0])
  }

  #endLate(): void {
    const now = this.#now()
    const late = this.#all().filter(({bounds}) => now >= bounds.deadline)
    for (const job of late) {
      const {timeoutMs} = job.bounds
      job.end(
        new ServerError('query-timeout', `cancelled after ${timeText(timeoutMs)}`, {
          details: {
            'timeout-ms': timeoutMs,
          },
        }),
      )
    }

    if (late.length > 0) this.#forget()
  }

  /** Takes those out of the queues that were ended from outside. */
  #forget(): void {
    const first = this.#writers[0]
    for (const job of this.#parked) if (job.settled) this.#parked.delete(job)
    for (const queue of [this.#interactive, this.#longRunning, this.#writers]) {
      const left = queue.filter(({settled}) => !settled)
      queue.length = 0
      for (const job of left) queue.push(job)
    }

    if (this.#writers[0] && this.#writers[0] !== first) this.#interactive.push(this.#writers[0])
    this.#plan()
  }
}

function budgetOf({
  maxRows = defaultMaxRows(),
  maxRowsTogether = defaultMaxRows() * TOGETHER,
}: SchedulerOptions): Budget {
  return new Budget(maxRows, maxRowsTogether)
}

/**
 * Returns the rows that one task may hold in memory. A row takes some hundred bytes (300 for two numbers, the result
 * included), so a row for each KiB of the heap leaves room for everything else.
 */
function defaultMaxRows(): number {
  const {getHeapStatistics} = process.getBuiltinModule('node:v8') // at the first task: no start waits for it
  return Math.min(4_000_000, Math.floor(getHeapStatistics().heap_size_limit / 1024))
}
