import {toJson} from '../values/json.js'
import type {CollectionKind} from '../values/transit.js'
import type {Value} from '../values/types.js'
import type {TextStream} from './text-stream.js'
import {edn} from './value-text.js'

/** Printer of a result that is still arriving. */
export interface ResultWriter {
  items(items: readonly Value[], kind: CollectionKind): Promise<void>
  /** @param result kind of the collection whose items were printed, or a value that is not a collection */
  end(result: {kind: CollectionKind} | {value: Value}): Promise<void>
}

/** Prints nothing. */
export const SILENT: ResultWriter = {async end() {}, async items() {}}

/** Prints one JSON document. Writes nothing before the first part of the result. */
export class JsonWriter implements ResultWriter {
  /** True once an error can no longer become the document. */
  begun = false
  readonly #out: TextStream
  readonly #head: () => object
  #separator = '['

  /** @param head data before the result; called when the result starts */
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

/** Prints EDN, with one line per item of a collection. */
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
