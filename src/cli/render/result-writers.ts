import {writeEdn} from '../../values/edn-write.js'
import {toJson} from '../../values/json.js'
import type {CollectionKind} from '../../values/transit.js'
import type {Value} from '../../values/types.js'
import {ednText, escapeUnprintable} from '../output.js'
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

const BRACKETS: Record<CollectionKind, readonly [string, string]> = {
  list: ['(', ')'],
  set: ['#{', '}'],
  vector: ['[', ']'],
}

/** Writer of a document for programs. */
interface Notation {
  /** @param data fields before the result */
  begin(data: object): string
  brackets(kind: CollectionKind | undefined): readonly [string, string]
  separator: string
  value(value: Value): string
}

const NOTATIONS: Record<'edn' | 'json', Notation> = {
  edn: {
    begin: (data) => `{:status "ok", :data ${ednText(data).slice(0, -1)}, :result `,
    brackets: (kind = 'vector') => BRACKETS[kind],
    separator: ' ',
    value: (value) => escapeUnprintable(writeEdn(value)),
  },
  json: {
    begin: (data) => `{"status":"ok","data":${JSON.stringify(data).slice(0, -1)},"result":`,
    brackets: () => ['[', ']'],
    separator: ',',
    value: (value) => JSON.stringify(toJson(value)),
  },
}

/** Prints one document for programs. Writes nothing before the first part of the result. */
export class DocumentWriter implements ResultWriter {
  /** True once an error can no longer become the document. */
  begun = false
  readonly #out: TextStream
  readonly #head: () => object
  #isFirst = true
  readonly #notation: Notation

  /** @param head data before the result; called when the result starts */
  constructor(out: TextStream, format: 'edn' | 'json', head: () => object) {
    this.#out = out
    this.#head = head
    this.#notation = NOTATIONS[format]
  }

  async items(items: readonly Value[], kind: CollectionKind): Promise<void> {
    if (!this.begun) await this.#begin()
    for (const item of items) {
      const before = this.#isFirst ? this.#notation.brackets(kind)[0] : this.#notation.separator
      await this.#out.write(before + this.#notation.value(item))
      this.#isFirst = false
    }
  }

  async end(result: {kind: CollectionKind} | {value: Value}): Promise<void> {
    const value = 'value' in result ? this.#notation.value(result.value) : undefined
    if (!this.begun) await this.#begin()
    const [open, close] = this.#notation.brackets('kind' in result ? result.kind : undefined)
    await this.#out.write(value ?? (this.#isFirst ? open + close : close))
    await this.#out.write('}}\n')
    await this.#out.flush()
  }

  async #begin(): Promise<void> {
    this.begun = true
    await this.#out.write(this.#notation.begin(this.#head()))
  }
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
