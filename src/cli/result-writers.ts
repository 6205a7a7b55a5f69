import {toJson} from '../values/json.js'
import type {CollectionKind} from '../values/transit.js'
import type {Value} from '../values/types.js'
import type {TextStream} from './text-stream.js'
import {edn} from './value-text.js'

/** Prints a result while it arrives. */
export interface ResultWriter {
  items(items: readonly Value[], kind: CollectionKind): Promise<void>
  /** @param result the kind of the collection whose items have come, or a value that is not one */
  end(result: {kind: CollectionKind} | {value: Value}): Promise<void>
}

/** Prints nothing. */
export const SILENT: ResultWriter = {async end() {}, async items() {}}

/** One JSON document. Nothing of it is written before the first part of the result is there. */
export class JsonWriter implements ResultWriter {
  /** Once it is true, an error cannot become the document any more. */
  begun = false
  readonly #out: TextStream
  readonly #head: () => object
  #separator = '['

  /** @param head the data in front of the result, asked for when the result has begun */
  constructor(out: TextStream, head: () => object) {
    this.#out = out
    this.#head = head
  }

  async items(items: readonly Value[]): Promise<void> {
    if (!this.begun) await this.#begin()
    for (const item of items) {
      await this.#out.write(this.#separator + JSON.stringify(toJson(item)))
      this.#separator = ','
    }
  }

  async end(result: {kind: CollectionKind} | {value: Value}): Promise<void> {
    const value = 'value' in result ? JSON.stringify(toJson(result.value)) : undefined
    if (!this.begun) await this.#begin()
    await this.#out.write(value ?? (this.#separator === '[' ? '[]' : ']'))
    await this.#out.write('}}\n')
    await this.#out.flush()
  }

  async #begin(): Promise<void> {
    this.begun = true
    const data = JSON.stringify(this.#head()).slice(0, -1)
    await this.#out.write(`{"status":"ok","data":${data},"result":`)
  }
}

const BRACKETS: Record<CollectionKind, readonly [string, string]> = {
  list: ['(', ')'],
  set: ['#{', '}'],
  vector: ['[', ']'],
}

/** EDN, a line for each item of a collection. */
export class EdnWriter implements ResultWriter {
  #line: string | undefined
  readonly #out: TextStream

  constructor(out: TextStream) {
    this.#out = out
  }

  async items(items: readonly Value[], kind: CollectionKind): Promise<void> {
    for (const item of items) {
      if (this.#line !== undefined) await this.#out.write(`${this.#line}\n`)
      this.#line = (this.#line === undefined ? BRACKETS[kind][0] : ' ') + edn(item)
    }
  }

  async end(result: {kind: CollectionKind} | {value: Value}): Promise<void> {
    if ('value' in result) await this.#out.write(`${edn(result.value)}\n`)
    else {
      const [open, close] = BRACKETS[result.kind]
      await this.#out.write(`${this.#line ?? open}${close}\n`)
    }

    await this.#out.flush()
  }
}
