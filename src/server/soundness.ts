import {explainDamage, isDamage} from '../engine/damage.js'
import type {CheckReport} from '../engine/integrity/check.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import {ServerError} from '../lib/errors.js'
import type {Scheduler} from './scheduler/scheduler.js'

/** Environment of the check. */
export interface SoundnessHooks {
  /** Looks through all that is stored. */
  check(execution: ExecutionContext): CooperativeTask<CheckReport>
  /** Called once, with the reason. */
  damaged(reason: string): void
  /** Called when the structure could not be checked; the next write has it tried again. */
  failed(error: unknown): void
}

/**
 * Soundness of a graph. Writes are allowed once its whole structure was found sound in this session, until a task meets
 * damage. The reason then stays until a restore, or a start that finds the graph sound.
 */
export class Soundness {
  #checking = false
  #damage: string | undefined
  /** Number of times that the file may have been changed since the last check began. */
  #doubts = 0
  readonly #hooks: SoundnessHooks
  #isVerified: boolean
  readonly #scheduler: Scheduler

  /** @param isVerified it was made by this session */
  constructor(scheduler: Scheduler, hooks: SoundnessHooks, isVerified: boolean) {
    this.#hooks = hooks
    this.#isVerified = isVerified
    this.#scheduler = scheduler
  }

  /** True if the whole structure was found sound in this session. */
  get isVerified(): boolean {
    return this.#isVerified
  }

  /** True if the file may have been changed since, by another program. */
  get isDoubted(): boolean {
    return this.#doubts > 0
  }

  /** Reason why the graph counts as damaged; undefined until damage is found. */
  get damage(): string | undefined {
    return this.#damage
  }

  /**
   * Checks the structure, unless the result is known already. The check takes its turn among the writes, so that one that comes
   * later waits for it. It has no deadline: a write that does not wait for its end leaves it to the next one.
   */
  verify(): void {
    if (this.#checking || (this.#isVerified && !this.isDoubted) || this.#damage !== undefined) return
    this.#checking = true
    this.#scheduler
      .run((execution) => this.check(execution), {timeoutMs: Number.POSITIVE_INFINITY, writes: true})
      .then(() => {
        this.#checking = false
        this.verify() // it may have been changed meanwhile
      })
      .catch((error: unknown) => {
        this.#checking = false
        this.observe(error)
        if (this.#damage === undefined) this.#hooks.failed(error)
      })
  }

  /** Checks the structure again, since the file may have been changed. Writes that come later wait for it. */
  doubt(): void {
    this.#doubts++
    this.verify()
  }

  /** Runs a check, of which the result is remembered. */
  *check(execution: ExecutionContext): CooperativeTask<CheckReport> {
    const doubts = this.#doubts
    const report = yield* this.#hooks.check(execution)
    if (report.ok) {
      this.#isVerified = true
      this.#doubts -= doubts
    } else this.#found(report.problems[0]?.what ?? 'it is not sound')
    return report
  }

  /** Inspects the error of a failed task. @returns the error to report */
  observe(error: unknown): unknown {
    const explained = explainDamage(error)
    if (isDamage(explained)) this.#found(explained.message)
    return explained
  }

  /** @throws ServerError `graph-damaged` when nothing may be written */
  requireSound(): void {
    if (this.#damage !== undefined)
      throw new ServerError('graph-damaged', `The graph is damaged, nothing was written: ${this.#damage}`)
    if (!this.#isVerified)
      throw new ServerError('graph-damaged', 'The structure of the graph could not be checked, nothing was written')
  }

  #found(reason: string): void {
    if (this.#damage !== undefined) return
    this.#damage = reason
    this.#hooks.damaged(reason)
  }
}
