import {createRequire} from 'node:module'
import {expect} from 'chai'
import fc from 'fast-check'

import {TX0} from '../../../src/engine/datom.js'
import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import type {TxReport} from '../../../src/engine/transact/transact.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {Keyword, keyword} from '../../../src/values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'
import {rounds} from '../../support/rounds.js'
import {emptyFacts, reasonOf, run} from '../support.js'

/** The little of npm datascript that is used here; it has no types, and texts instead of keywords. */
interface DataScript {
  conn_from_db(db: unknown): unknown
  db(conn: unknown): unknown
  empty_db(schema: Record<string, Record<string, unknown>>): unknown
  transact(conn: unknown, data: unknown): {tempids: Record<string, number>; tx_data: Theirs[]}
}

interface Theirs {
  a: string
  e: number
  /** Negative when the fact was retracted. */
  tx: number
  v: unknown
}

const datascript = createRequire(import.meta.url)('datascript') as DataScript

const MANY = 'db/cardinality db.cardinality/many'
const REF = 'db/valueType db.type/ref'
const IDENTITY = 'db/unique db.unique/identity'

/** Attributes of each kind, most of them such that they tell who is meant. */
const TRAITS: Record<string, readonly string[]> = {
  age: ['db/index true'],
  alias: [IDENTITY, MANY],
  best: [REF],
  code: ['db/unique db.unique/value'],
  email: [IDENTITY],
  friend: [REF, MANY],
  heart: [REF, 'db/isComponent true'],
  n: [],
  nick: [IDENTITY],
  part: [REF, MANY, 'db/isComponent true'],
  tag: [MANY],
  twin: [REF, IDENTITY],
}

const SCHEMA = `{${Object.entries(TRAITS)
  .map(([a, traits]) => `:${a} {${traits.map((trait) => `:${trait.replace(/ (?!true)/, ' :')}`).join(' ')}}`)
  .join(' ')}}`

const THEIR_SCHEMA = Object.fromEntries(
  Object.entries(TRAITS).map(([a, traits]) => [
    a,
    Object.fromEntries(
      traits.map((trait) => trait.split(' ')).map(([key, v]) => [`:${key}`, v === 'true' ? true : `:${v}`]),
    ),
  ]),
)

/** What is there before: six entities, most of them with names. */
const BEFORE: Value[] = (
  [
    [1, 'email', 'a'],
    [1, 'nick', 'A'],
    [1, 'friend', 2],
    [2, 'email', 'b'],
    [2, 'alias', 'x'],
    [2, 'alias', 'y'],
    [2, 'best', 1],
    [3, 'nick', 'C'],
    [3, 'part', 4],
    [4, 'n', 1],
    [4, 'code', 1],
    [5, 'twin', 1],
    [5, 'tag', 1],
    [6, 'n', 6],
  ] as const
).map(([e, a, v]) => [keyword('db/add'), e, keyword(a), v])

const from = (...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values)
const names = from('a', 'b', 'c', 'new')
const numbers = fc.integer({max: 2, min: 0}).map((number): Value => number)
const entities = fc.integer({max: 6, min: 1}).map((e): Value => e)
const tempids = from(-1, -2, -3, 't')
const tx = from('datomic.tx')
const identities = fc.constantFrom('alias', 'email', 'nick')
const NAMES: Record<string, fc.Arbitrary<Value>> = {
  alias: from('x', 'y', 'z', 'new'),
  email: names,
  nick: from('A', 'C', 'new'),
}
const lookups = identities.chain((a) => NAMES[a]!.map((v): Value => [keyword(a), v]))
const target = fc.oneof(
  {arbitrary: tempids, weight: 6},
  {arbitrary: entities, weight: 3},
  {arbitrary: lookups, weight: 1},
  {arbitrary: tx, weight: 1},
)
const present = fc.oneof({arbitrary: entities, weight: 3}, {arbitrary: lookups, weight: 1})

const VALUES: Record<string, fc.Arbitrary<Value>> = {
  ...NAMES,
  age: numbers,
  best: target,
  code: numbers,
  friend: target,
  heart: target,
  n: numbers,
  part: target,
  tag: numbers,
  // Of a lookup ref that names nobody, DataScript takes the first twin there is.
  twin: fc.oneof(tempids, entities, tx),
}
const facts = fc
  .oneof({arbitrary: identities, weight: 4}, {arbitrary: fc.constantFrom(...Object.keys(VALUES)), weight: 3})
  .chain((a) => VALUES[a]!.map((v) => [keyword(a), v] as const))

const op = (name: string, ...parts: Value[]): Value => [keyword(name), ...parts]
const add = fc.tuple(target, facts).map(([e, [a, v]]) => op('db/add', e, a, v))

const others = fc.oneof(
  {arbitrary: fc.tuple(present, facts).map(([e, [a, v]]) => op('db/retract', e, a, v)), weight: 3},
  {arbitrary: fc.tuple(target, facts).map(([e, [a]]) => op('db/retract', e, a)), weight: 1},
  {arbitrary: fc.tuple(present, facts).map(([e, [a]]) => op('db.fn/retractAttribute', e, a)), weight: 1},
  {arbitrary: target.map((e) => op('db/retractEntity', e)), weight: 1},
  {
    arbitrary: fc
      .tuple(present, fc.constantFrom('n', 'tag', 'best', 'email', 'friend', 'code'))
      .chain(([e, a]) =>
        fc
          .tuple(fc.option(VALUES[a]!, {freq: 3}), VALUES[a]!)
          .map(([old, v]) => op('db.fn/cas', e, keyword(a), old, v)),
      ),
    weight: 2,
  },
)

/** A map, with maps in it up to a depth. Each attribute is there at most once, in any order. */
function maps(depth: number): fc.Arbitrary<Value> {
  const inner: fc.Arbitrary<Value> = depth === 0 ? target : fc.oneof(target, maps(depth - 1))
  const many = fc.oneof(inner, fc.array(inner, {maxLength: 2}))
  const forward = fc.oneof(
    {arbitrary: facts, weight: 6},
    {arbitrary: fc.tuple(fc.constantFrom('best', 'heart'), inner), weight: 2},
    {arbitrary: fc.tuple(fc.constantFrom('friend', 'part'), many), weight: 2},
    {arbitrary: fc.tuple(fc.constant('alias'), fc.array(NAMES['alias']!, {maxLength: 3})), weight: 1},
    {arbitrary: fc.tuple(fc.constantFrom('_best', '_friend'), many), weight: 2},
  )
  return fc
    .tuple(
      fc.option(fc.oneof({arbitrary: tempids, weight: 4}, {arbitrary: target, weight: 1})),
      fc.array(forward, {maxLength: 4}),
      fc.boolean(),
    )
    .map(([id, pairs, last]) => {
      const map = new ValueMap()
      if (id !== null && !last) map.set(keyword('db/id'), id)
      for (const [a, v] of pairs) map.set(typeof a === 'string' ? keyword(a) : a, v)
      if (id !== null && last) map.set(keyword('db/id'), id)
      return map
    })
}

const transactions = fc
  .array(fc.oneof({arbitrary: add, weight: 5}, {arbitrary: maps(2), weight: 4}, {arbitrary: others, weight: 2}), {
    maxLength: 6,
    minLength: 1,
  })
  .map((items): Value => items)
  .filter((items) => !isUndecided(items))

/** Does a nested map say itself who points to it? DataScript drops what it says; here both are stated. */
function isUndecided(value: Value, within?: Keyword): boolean {
  if (value instanceof ValueMap) {
    const back = within && (within.name.startsWith('_') ? within.name.slice(1) : `_${within.name}`)
    if (back !== undefined && value.has(keyword(back))) return true
    return [...value].some(([key, item]) => isUndecided(item, key as Keyword))
  }

  if (!Array.isArray(value) && !(value instanceof ValueSet)) return false
  return [...(value as Iterable<Value>)].some((item) => isUndecided(item, within))
}

describe('against npm datascript', () => {
  const start = run(emptyFacts(SCHEMA), BEFORE).after
  const theirStart = emptyTheirs()

  it('random transactions, dense in upserts, come to the same', () => {
    const seen = {accepted: 0, excused: 0, refused: 0}
    fc.assert(
      fc.property(transactions, (unnamed) => {
        const data = withNames(unnamed)
        const mine = runMine(start, data)
        const theirs = runTheirs(theirStart, data)
        const text = writeEdn(data)
        const verdict = mine.error === undefined ? 'accepted' : 'refused'
        // That every map has a name of its own makes no difference.
        expect(runMine(start, unnamed).facts, text).to.deep.equal(mine.facts)
        if (isMerged(mine, theirs) || isTakenForUpsert(data, mine, theirs)) {
          seen.excused++
          return
        }

        expect(verdict, `${text}\nours: ${mine.error}\ntheirs: ${theirs.error}`).to.equal(
          theirs.error === undefined ? 'accepted' : 'refused',
        )
        expect(mine.facts, text).to.deep.equal(theirs.facts)
        if (theirs.tempids) expect(mine.tempids, text).to.include(theirs.tempids)
        seen[verdict]++
      }),
      {numRuns: rounds(800, 30_000)},
    )
    const all = seen.accepted + seen.excused + seen.refused
    expect(seen.accepted).to.be.greaterThan(all / 5, 'most of it must mean something')
    expect(seen.excused).to.be.lessThan(all / 20, 'faults of theirs are rare')
  })

  function emptyTheirs(): unknown {
    const conn = datascript.conn_from_db(datascript.empty_db(THEIR_SCHEMA))
    datascript.transact(conn, toTheirs(BEFORE))
    return datascript.db(conn)
  }
})

interface Outcome {
  /** The numbers that tempids got. */
  entities?: Record<string, number>
  error?: string
  facts?: string[]
  tempids?: Record<string, number | string>
}

function runMine(db: StoredDatabase, data: Value): Outcome {
  let report: TxReport | undefined
  const reason = reasonOf(() => {
    report = run(db, data)
  })
  if (!report) return {error: String(reason)}
  const rows = report.txData.map(({a, e, tx, v}) => ({a: a.fqn, e, tx, v}))
  return outcome(rows, Object.fromEntries([...report.tempids].map(([name, e]) => [String(name), e])))
}

function runTheirs(db: unknown, data: Value): Outcome {
  try {
    const report = datascript.transact(datascript.conn_from_db(db), toTheirs(data))
    const names = Object.entries(report.tempids).filter(([name]) => /^(-\d|t$|map )/.test(name))
    return outcome(report.tx_data, Object.fromEntries(names))
  } catch (error) {
    return {error: (error as Error).message}
  }
}

/** Gives each map without an id a tempid of its own, so that it can be told what became of it. */
function withNames(data: Value): Value {
  let count = 0
  const name = (value: Value): Value => {
    if (Array.isArray(value)) return (value as Value[]).map((item) => name(item))
    if (!(value instanceof ValueMap)) return value
    const named = new ValueMap([...value].map(([key, item]) => [key, name(item)] as const))
    return named.has(keyword('db/id')) ? named : named.set(keyword('db/id'), `map ${count++}`)
  }

  return name(data)
}

/**
 * When a tempid turns out to be somebody, DataScript begins anew, and may give the number of one new entity to another
 * tempid as well: two become one.
 */
function isMerged(mine: Outcome, theirs: Outcome): boolean {
  const made = Object.entries(theirs.entities ?? {}).filter(([, e]) => e > 6 && e < TX0)
  return made.some(([name, e]) =>
    made.some(([other, same]) => {
      if (name === other || e !== same) return false
      return mine.entities ? mine.entities[name] !== mine.entities[other] : mine.error === 'tempid-unused'
    }),
  )
}

/** DataScript takes what is to be retracted from an entity for a sign of who that is, and refuses it. */
function isTakenForUpsert(data: Value, mine: Outcome, theirs: Outcome): boolean {
  if (mine.error !== undefined || !theirs.error?.startsWith('Conflicting upsert')) return false
  return (data as Value[]).some((item) => {
    if (!Array.isArray(item)) return false
    const [name, , a] = item as Value[]
    return /retract/.test(String(name)) && a instanceof Keyword && TRAITS[a.fqn]!.includes(IDENTITY)
  })
}

/** New entities are named by the order in which they appear: their numbers are free. */
function outcome(rows: readonly Theirs[], tempids: Record<string, number>): Outcome {
  const named = new Map<number, string>()
  const name = (e: number): number | string => {
    if (e <= BEFORE.length && e <= 6) return e
    if (e >= TX0) return 'tx'
    if (!named.has(e)) named.set(e, `new ${named.size}`)
    return named.get(e)!
  }

  const isRef = (a: string) => TRAITS[a]!.includes(REF)
  const lines = rows.map(
    ({a, e, tx, v}) => `${tx > 0 ? '+' : '-'}${name(e)} ${a} ${isRef(a) ? name(v as number) : JSON.stringify(v)}`,
  )
  return {
    entities: tempids,
    // A reference to oneself is retracted twice by DataScript when both ends go.
    facts: [...new Set(lines)].sort(),
    tempids: Object.fromEntries(
      Object.entries(tempids)
        .filter(([, e]) => e <= 6 || e >= TX0 || named.has(e))
        .map(([tempid, e]) => [tempid, name(e)]),
    ),
  }
}

/** The same data as npm datascript takes it. */
function toTheirs(value: Value, isName = false): unknown {
  if (value instanceof Keyword) return isName && !value.fqn.startsWith('db') ? value.fqn : `:${value.fqn}`
  if (value instanceof ValueMap)
    return Object.fromEntries([...value].map(([key, item]) => [toTheirs(key, true), toTheirs(item)]))
  if (value instanceof ValueSet || value instanceof List) return [...value].map((item) => toTheirs(item))
  if (Array.isArray(value)) return (value as Value[]).map((item) => toTheirs(item, true))
  return value
}
