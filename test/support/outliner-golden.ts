import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import {transact} from '../../src/engine/transact/transact.js'
import {applyOperations} from '../../src/logseq/outliner/apply.js'
import {writeRules} from '../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {type Keyword, keyword as k, Uuid} from '../../src/values/scalars.js'
import {keyOf, List, type Value, ValueMap, ValueSet} from '../../src/values/types.js'
import type {GoldenCase} from './golden.js'

/** What one call came to, as the recorded calls have it. */
export interface CallOutcome {
  added?: string[]
  error?: string
  outlinerOp?: string
  removed?: string[]
  result?: string
  txId?: string[]
}

const START = Date.UTC(2026, 0, 15, 12)
const TIMES = new Set([k('block/created-at'), k('block/updated-at'), k('logseq.property/deleted-at')])
const UNREMOVED = new Set([k('block/created-at'), k('block/updated-at')])
const TX_ID = k('block/tx-id')
const DERIVED = /^0000000[1-6]-/

/** Runs the calls of a recorded case on a graph, one after another. */
export class Replay {
  db: StoredDatabase
  readonly #calls: readonly {ops: string; opts: string}[]
  readonly #known = new Set<string>()
  #made = 0
  #n = 0
  readonly #start: StoredDatabase
  readonly #names = new Map<number, string>()
  readonly #taken = new Map<string, number>()

  constructor(start: StoredDatabase, {input}: GoldenCase) {
    this.db = start
    this.#start = start
    this.#calls = input['calls'] as {ops: string; opts: string}[]
    for (const {v} of start.list(undefined, k('block/uuid'))) this.#known.add(String(v))
    for (const [uuid] of JSON.stringify(input).matchAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g))
      this.#known.add(uuid)
  }

  run(): CallOutcome[] {
    return this.#calls.map((call) => this.#call(call))
  }

  #call({ops, opts}: {ops: string; opts: string}): CallOutcome {
    this.#n++
    const now = START + this.#n * 1000
    const making = {ending: () => '', now, uuid: () => this.#uuid()}
    const before = this.db
    try {
      const options = readEdn(opts)
      const applied = runSync(
        applyOperations(
          before,
          {era: 'head', ops: readEdn(ops), options: options instanceof ValueMap ? options : new ValueMap()},
          making,
          NO_LIMITS,
        ),
      )
      if (applied.txData.length === 0) {
        const result = this.#result(applied.answer(before))
        return result === 'nil' ? {} : {result}
      }

      const {after, txData} = runSync(transact(before, applied.txData, NO_LIMITS, writeRules(applied.txMeta, now)))
      this.db = after
      const touched = [...new Set(txData.map(({e}) => e))]
      this.#nameAll(before, after, touched)
      const result = this.#result(applied.answer(after))
      return {
        ...this.#difference(before, touched),
        outlinerOp: writeEdn(applied.txMeta.get(k('outliner-op')) ?? null),
        ...(result !== 'nil' && {result}),
      }
    } catch (error) {
      const {code, message} = error as {code?: string; message: string}
      if (code === undefined) throw error
      return {error: message}
    }
  }

  #uuid(): Uuid {
    return new Uuid(`ddddddd0-0000-4000-8000-${String(++this.#made).padStart(12, '0')}`)
  }

  #difference(before: StoredDatabase, touched: readonly number[]): Pick<CallOutcome, 'added' | 'removed' | 'txId'> {
    const [added, removed, txId]: string[][] = [[], [], []]
    for (const e of touched) {
      const [old, now] = [rows(before, e), rows(this.db, e)]
      for (const [key, {a, v}] of now) {
        if (old.has(key)) continue
        if (a === TX_ID) txId!.push(this.#name(e))
        else added!.push(this.#fact(this.db, e, a, v))
      }

      for (const [key, {a, v}] of old)
        if (!now.has(key) && a !== TX_ID && !UNREMOVED.has(a)) removed!.push(this.#fact(before, e, a, v))
    }

    return {added: added!.sort(), removed: removed!.sort(), txId: txId!.sort()}
  }

  #fact(db: StoredDatabase, e: number, a: Keyword, v: Value): string {
    if (db.attributes.isRef(a)) return `[${this.#name(e)} ${a} ${this.#name(Number(v))}]`
    if (TIMES.has(a) && typeof v === 'number') return `[${this.#name(e)} ${a} ${this.#time(v)}]`
    return `[${this.#name(e)} ${a} ${writeEdn(this.#plain(v))}]`
  }

  #time(v: number): string {
    const n = (v - START) / 1000
    if (n === this.#n) return ':now'
    return Number.isInteger(n) && n > 0 && n < this.#n ? `:t${n}` : String(v)
  }

  #plain(v: Value): Value {
    if (v instanceof Uuid) return this.#isKnown(v.text) ? v : k('uuid')
    return v
  }

  #isKnown(uuid: string): boolean {
    return this.#known.has(uuid) || DERIVED.test(uuid)
  }

  #name(e: number): string {
    return this.#names.get(e) ?? String(e)
  }

  /** Names what has no name yet: by content where nothing better is there. */
  #nameAll(before: StoredDatabase, after: StoredDatabase, touched: readonly number[]): void {
    const naming = (e: number) => (after.first(e) ? after : before)
    const refs = [before, after].flatMap((db) =>
      touched.flatMap((e) => db.list(e).flatMap(({a, v}) => (db.attributes.isRef(a) ? [Number(v)] : []))),
    )
    const all = [...new Set([...touched, ...refs])].filter((e) => !this.#names.has(e))
    const order = (e: number) => String(naming(e).first(e, k('block/order'))?.v ?? '')
    const groups = new Map<string, number[]>()
    const pending: number[] = []
    for (const e of all) {
      const name = this.#givenName(naming(e), e)
      if (name === undefined) pending.push(e)
      else this.#names.set(e, name)
    }

    for (const e of pending) {
      const name = this.#contentName(naming(e), e)
      groups.set(name, [...(groups.get(name) ?? []), e])
    }

    for (const [name, entities] of groups) {
      const sorted = entities.toSorted((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : a - b))
      for (const e of sorted) {
        const count = this.#taken.get(name) ?? 0
        this.#taken.set(name, count + 1)
        const isOne = count === 0 && sorted.length === 1
        this.#names.set(e, writeEdn(isOne ? name : `${name}#${count + 1}`))
      }
    }
  }

  #givenName(db: StoredDatabase, e: number): string | undefined {
    const ident = db.first(e, k('db/ident'))?.v
    if (ident !== undefined) return writeEdn(ident)
    const uuid = db.first(e, k('block/uuid'))?.v
    if (uuid instanceof Uuid && this.#isKnown(uuid.text)) return writeEdn(uuid)
    const path = db.first(e, k('file/path'))?.v
    return path === undefined ? undefined : writeEdn(`file:${String(path)}`)
  }

  #contentName(db: StoredDatabase, e: number): string {
    const text = (a: string) => db.first(e, k(a))?.v
    const to = (a: string) => this.#inner(db, Number(text(a)))
    const value = String(text('block/title') ?? text('logseq.property/value'))
    if (text('block/name') !== undefined) return `page:${String(text('block/name'))}`
    if (text('logseq.property.reaction/target') !== undefined)
      return `reaction:${String(text('logseq.property.reaction/emoji-id'))}@${to('logseq.property.reaction/target')}`
    if (text('logseq.property.history/block') !== undefined) {
      const ref = text('logseq.property.history/ref-value')
      const held =
        ref === undefined ? writeEdn(text('logseq.property.history/scalar-value')!) : this.#inner(db, Number(ref))
      return `history:${to('logseq.property.history/property')}@${to('logseq.property.history/block')}=${held}`
    }

    if (text('logseq.property/created-from-property') !== undefined)
      return `value:${to('block/parent')}/${to('logseq.property/created-from-property')}=${value}`
    if (text('block/closed-value-property') !== undefined) return `choice:${to('block/closed-value-property')}=${value}`
    return `block:${value}`
  }

  #inner(db: StoredDatabase, e: number): string {
    const name = this.#givenName(db, e) ?? this.#names.get(e) ?? JSON.stringify(this.#contentName(db, e))
    return name.replace(/^#uuid "(.*)"$/, '$1').replace(/^"(.*)"$/, '$1')
  }

  #result(result: Value): string {
    if (result instanceof ValueMap && result.has(k('tx-data'))) {
      const keys = [...result.keys()]
        .map(String)
        .sort()
        .map((key) => k(key.slice(1)))
      const blocks = (result.get(k('blocks')) as ValueMap[]).map(
        (block) =>
          new ValueMap(
            [k('block/uuid'), k('block/title'), k('block/order')].flatMap((a) =>
              block.has(a) ? [[a, this.#shown(block.get(a)!)] as const] : [],
            ),
          ),
      )
      return canonical(
        new ValueMap([
          [
            k('insert-result'),
            new ValueMap([
              [k('keys'), keys],
              [k('blocks'), blocks],
            ]),
          ],
        ]),
      )
    }

    return canonical(this.#shown(result))
  }

  #shown(value: Value): Value {
    if (value instanceof Uuid) {
      if (this.#isKnown(value.text)) return value
      const e = this.db.first(undefined, k('block/uuid'), value)?.e
      return e === undefined ? k('uuid') : readEdn(this.#name(e))
    }

    if (Array.isArray(value)) return value.map((item: Value) => this.#shown(item))
    if (!(value instanceof ValueMap)) return value
    const result = new ValueMap()
    for (const [key, v] of value) {
      if (key === TX_ID) result.set(key, k('tx'))
      else if (key === k('db/id') && typeof v === 'number' && !this.#start.first(v)) result.set(key, k('eid'))
      else if (TIMES.has(key as Keyword) && typeof v === 'number') result.set(key, v > START ? k('now') : v)
      else result.set(key, this.#shown(v))
    }

    return result
  }
}

function rows(db: StoredDatabase, e: number): Map<string, {a: Keyword; v: Value}> {
  return new Map(db.list(e).map(({a, v}) => [`${a} ${typeof v} ${String(keyOf(v))}`, {a, v}]))
}

/** A text that is the same for equal values: keys and members sorted. */
export function canonical(value: Value): string {
  if (value instanceof ValueMap)
    return `{${[...value]
      .map(([key, v]) => `${canonical(key)} ${canonical(v)}`)
      .sort()
      .join(', ')}}`
  if (value instanceof ValueSet)
    return `#{${Array.from(value, (item) => canonical(item))
      .sort()
      .join(' ')}}`
  const items = value instanceof List ? value.items : value
  if (Array.isArray(items)) return `[${(items as Value[]).map((item) => canonical(item)).join(' ')}]`
  return writeEdn(value)
}

/** What was recorded, in the same form. */
export function recorded({output}: GoldenCase): CallOutcome[] {
  return (output.calls as Record<string, string & string[]>[]).map((call) => {
    const facts = (list: undefined | string[]) => (list ?? []).map((fact) => normalFact(fact)).sort()
    if (call['error'] !== undefined) return {error: messageOf(readEdn(call['error']) as ValueMap)}
    const result = call['result'] === undefined ? 'nil' : canonical(readEdn(call['result']))
    const [op] = (call['outlinerOp'] ?? []) as string[]
    return {
      ...(op !== undefined && {
        added: facts(call['added']),
        outlinerOp: op,
        removed: facts(call['removed']),
        txId: ((call['txId'] ?? []) as string[]).map((name) => writeEdn(readEdn(name))).sort(),
      }),
      ...(result !== 'nil' && {result}),
    }
  })
}

function normalFact(fact: string): string {
  return `[${(readEdn(fact) as Value[]).map((item) => (item instanceof ValueMap ? writeEdn(item) : writeEdn(item))).join(' ')}]`
}

function messageOf(error: ValueMap): string {
  const payload = error.get(k('payload'))
  return String(payload instanceof ValueMap ? payload.get(k('message')) : error.get(k('message')))
}

/** Refusals whose text is that of a developer's tool, or of a check with texts of its own. */
export function isAnyRefusal(message: string): boolean {
  return message.startsWith('Assert failed') || message === 'DB write failed with invalid data'
}
