import {keyword} from '../values/scalars.js'
import {ValueMap} from '../values/types.js'
import type {EventStreams} from './http/events.js'
import {taggedDatom} from './methods/datoms.js'
import {encodeEvent} from './methods/encode.js'
import type {Written} from './methods/method.js'
import type {Scheduler} from './scheduler/scheduler.js'

const TYPE = 'sync-db-changes'

/**
 * Tells every client what was written, in the order of the commits. Putting an event together is a task of its own: a
 * client that leaves, or runs out of time, after its write was committed must not take the others' event with it.
 */
export class Changes {
  readonly #repo: string
  readonly #scheduler: Scheduler
  readonly #streams: EventStreams
  /** The end of the event before. */
  #sent: Promise<void> = Promise.resolve()

  constructor(repo: string, scheduler: Scheduler, streams: EventStreams) {
    this.#repo = repo
    this.#scheduler = scheduler
    this.#streams = streams
  }

  /** @param failed told of an event that could not be put together */
  tell(written: Written, failed: (error: unknown) => void): void {
    if (this.#streams.size === 0) return // nobody listens, and nothing is told later
    this.#sent = this.#sent.then(() => this.#send(written)).catch(failed)
  }

  /** All events of what was written so far are on their way. */
  async flushed(): Promise<void> {
    await this.#sent
  }

  async #send({txData, txMeta}: Written): Promise<void> {
    const change = new ValueMap([
      [keyword('repo'), this.#repo],
      [keyword('request-id'), null],
      [keyword('tx-data'), txData.map((datom) => taggedDatom(datom))],
      [keyword('tx-meta'), txMeta],
    ])
    const event = await this.#scheduler.run((pace) => encodeEvent(TYPE, [keyword(TYPE), change], pace), {
      timeoutMs: Number.POSITIVE_INFINITY,
    })
    await this.#streams.send(event)
  }
}
