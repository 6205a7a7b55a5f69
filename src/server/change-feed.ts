import type {StoredDatabase} from '../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import {deltaOf} from '../logseq/delta.js'
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

/** Maximum size of a write that is described block by block, too, in bytes: its texts are sent once more. */
const MAX_DESCRIBED = 1024 * 1024

/** State of the graph, held while it is read. */
interface Held {
  db: StoredDatabase
  release(): void
}

/** Write that is not sent to the clients yet, and its size in memory. */
interface Unsent extends Written {
  bytes: number
  /** State after the write. */
  held: Held
}

/**
 * Sends every write to all clients, in the order of the commits. Each event is encoded by its own task: a client that
 * leaves or times out after its commit must not cancel the others' event. If writes come faster than events can be
 * encoded, the clients are disconnected: one that reconnects reads again, while one that misses an event would never
 * notice.
 */
export class ChangeFeed {
  readonly #hold: () => Held
  readonly #repo: string
  readonly #scheduler: Pick<Scheduler, 'run'>
  #sending = false
  readonly #streams: EventStreams
  #unsent: Unsent[] = []
  #unsentBytes = 0

  /** @param hold holds the present state of the graph */
  constructor(repo: string, scheduler: Pick<Scheduler, 'run'>, streams: EventStreams, hold: () => Held) {
    this.#hold = hold
    this.#repo = repo
    this.#scheduler = scheduler
    this.#streams = streams
  }

  /** @param failed called with the error of an event that could not be encoded */
  publish({txData, txMeta}: Written, failed: (error: unknown) => void): void {
    if (this.#streams.size === 0) return // no client listens, and events are never replayed
    const bytes = bytesOf(txData)
    if (this.#unsentBytes > 0 && this.#unsentBytes + bytes > MAX_UNSENT) {
      for (const {held} of this.#unsent.slice(1)) held.release()
      this.#unsent = this.#unsent.slice(0, 1) // it is being put together
      this.#unsentBytes = this.#unsent[0]?.bytes ?? 0
      this.#streams.drop()
      return
    }

    this.#unsent.push({bytes, held: this.#hold(), txData, txMeta})
    this.#unsentBytes += bytes
    if (!this.#sending) void this.#sendAll(failed)
  }

  /** Never rejects. */
  async #sendAll(failed: (error: unknown) => void): Promise<void> {
    this.#sending = true
    for (let [next] = this.#unsent; next; [next] = this.#unsent) {
      await this.#send(next).catch(failed)
      next.held.release()
      this.#unsent.shift()
      this.#unsentBytes -= next.bytes
    }

    this.#sending = false
  }

  async #send(next: Unsent): Promise<void> {
    const event = await this.#scheduler.run((execution) => this.#encode(next, execution), {
      timeoutMs: Number.POSITIVE_INFINITY,
    })
    await this.#streams.send(event)
  }

  /** Encodes an event for clients of both eras: one reads the facts, the other the delta. */
  *#encode(
    {bytes, held: {db}, txData, txMeta}: Unsent,
    execution: ExecutionContext,
  ): CooperativeTask<readonly Buffer[]> {
    const written = {db, repo: this.#repo, txData, txMeta}
    const delta = bytes > MAX_DESCRIBED ? undefined : yield* deltaOf(written, execution)
    const change = new ValueMap([
      [keyword('repo'), this.#repo],
      [keyword('request-id'), null],
      [keyword('tx-data'), txData.map((datom) => taggedDatom(datom))],
      ...(delta === undefined ? [] : [[keyword('delta'), delta] as const]),
      [keyword('tx-meta'), txMeta],
    ])
    return yield* encodeEvent(TYPE, [keyword(TYPE), change], execution)
  }
}

function bytesOf(txData: Written['txData']): number {
  let bytes = 0
  for (const {v} of txData) bytes += FACT_BYTES + (typeof v === 'string' ? 2 * v.length : 0)
  return bytes
}
