import {type CollectionKind, TransitItems} from '../../values/transit.js'
import type {Value} from '../../values/types.js'
import {ResultText} from './result-text.js'

/** Receives items of a result. More are read when it has returned. */
export type TakeItems = (items: readonly Value[], kind: CollectionKind) => Promise<void> | void

/** Receiver of the items of a result, and of the warnings before them. */
export interface ItemsReceiver {
  /** Creates the error for a response that cannot be read. */
  unreadable(cause: unknown): Error
  take: TakeItems
  warn(head: Record<string, unknown>): void
}

/** Passes on the items of a result while its response arrives. Each attempt of a request has its own. */
export class PassedItems {
  /** True once an item was passed on, so that the request cannot be repeated. */
  begun = false
  #failed: undefined | {error: unknown}
  #hasWarned = false
  readonly #items = new TransitItems()
  readonly #receiver: ItemsReceiver
  readonly #text = new ResultText()

  constructor(receiver: ItemsReceiver) {
    this.#receiver = receiver
  }

  /** Reads a part of the response. */
  async feed(part: Uint8Array): Promise<void> {
    try {
      const found = this.#read(() => this.#items.feed(this.#text.feed(part)))
      this.#warn()
      await this.#pass(found)
    } catch (error) {
      this.#failed = {error}
      throw error
    }
  }

  /** Reads what is left when the response is complete. */
  async end(): Promise<{kind: CollectionKind} | {value: Value}> {
    await this.#pass(this.#read(() => this.#items.feed(this.#text.end())))
    this.#warn()
    const end = this.#read(() => this.#items.end())
    if (!('kind' in end)) return end
    if (end.items.length > 0) await this.#receiver.take(end.items, end.kind)
    return {kind: end.kind}
  }

  /** @throws what the receiver threw, as it is: an EPIPE of its own is not a broken connection */
  throwIfFailed(): void {
    if (this.#failed) throw this.#failed.error
  }

  async #pass(items: readonly Value[]): Promise<void> {
    const {kind} = this.#items
    if (!kind || items.length === 0) return
    this.begun = true
    await this.#receiver.take(items, kind)
  }

  #read<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.#receiver.unreadable(error)
    }
  }

  #warn(): void {
    if (this.#hasWarned || !this.#text.head) return
    this.#hasWarned = true
    this.#receiver.warn(this.#text.head)
  }
}
