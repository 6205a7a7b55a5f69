import {keyword} from '../values/scalars.js'
import {ValueMap} from '../values/types.js'
import type {EventStreams} from './http/events.js'
import {taggedDatom} from './methods/datoms.js'
import {encodeEvent} from './methods/encode.js'
import type {Written} from './methods/method.js'
import type {Scheduler} from './scheduler/scheduler.js'

const TYPE = 'sync-db-changes'

/** Memory that a fact takes beside its text, in bytes. */
const FACT_BYTES = 128

/** Maximum memory for writes that are still unsent, in bytes. One write of any size may always wait. */
const MAX_UNSENT = 64 * 1024 * 1024

/** Write that is not sent to the clients yet, and its size in memory. */
interface Unsent extends Written {
  bytes: number
}

/**
 * Sends every write to all clients, in the order of the commits. Each event is encoded by its own task: a client that
 * leaves or times out after its commit must not cancel the others' event. . If writes come faster than events can be
 * encoded, the clients are disconnected: one that reconnects reads again, while one that misses an event would never
 * notice.
 */
export class ChangeFeed {
  readonly #repo: string
  readonly #scheduler: Pick<Scheduler, 'run'>
  #sending = false
  readonly #streams: EventStreams
  #unsent: Unsent[] = []
  #unsentBytes = 0

  constructor(repo: string, scheduler: Pick<Scheduler, 'run'>, streams: EventStreams) {
    this.#repo = repo
    this.#scheduler = scheduler
    this.#streams = streams
  }

  /** @param failed called with the error of an event that could not be encoded */
  publish({txData, txMeta}: Written, failed: (error: unknown) => void): void {
    if (this.#streams.size === 0) return // no client listens, and events are never replayed
    const bytes = bytesOf(txData)
    if (this.#unsentBytes > 0 && this.#unsentBytes + bytes > MAX_UNSENT) {
      this.#unsent = this.#unsent.slice(0, 1) // it is being put together
      this.#unsentBytes = this.#unsent[0]?.bytes ?? 0
      this.#streams.drop()
      return
    }

    this.#unsent.push({bytes, txData, txMeta})
    this.#unsentBytes += bytes
    if (!this.#sending) void this.#sendAll(failed)
  }

  /** Never rejects. */
  async #sendAll(failed: (error: unknown) => void): Promise<void> {
    this.#sending = true
    for (let [next] = this.#unsent; next; [next] = this.#unsent) {
      await this.#send(next).catch(failed)
      this.#unsent.shift()
      this.#unsentBytes -= next.bytes
    }

    this.#sending = false
  }

  async #send({txData, txMeta}: Written): Promise<void> {
    const change = new ValueMap([
      [keyword('repo'), this.#repo],
      [keyword('request-id'), null],
      [keyword('tx-data'), txData.map((datom) => taggedDatom(datom))],
      [keyword('tx-meta'), txMeta],
    ])
    const event = await this.#scheduler.run((execution) => encodeEvent(TYPE, [keyword(TYPE), change], execution), {
      timeoutMs: Number.POSITIVE_INFINITY,
    })
    await this.#streams.send(event)
  }
}

function bytesOf(txData: Written['txData']): number {
  let bytes = 0
  for (const {v} of txData) bytes += FACT_BYTES + (typeof v === 'string' ? 2 * v.length : 0)
  return bytes
}
