import {writeEdn} from '../../../src/values/edn-write.js'
import {Keyword, keyword, Sym} from '../../../src/values/scalars.js'
import {List, type Value, ValueMap} from '../../../src/values/types.js'
import type {Fact} from './memory-database.js'

/** The values of variables by their names. */
type Row = ReadonlyMap<string, Value>

/** Rules by their names: the tuples for which each holds. */
type Extensions = ReadonlyMap<string, ReadonlyMap<string, readonly Value[]>>

interface World {
  extensions: Extensions
  facts: readonly Fact[]
}

export interface ReferenceQuery {
  clauses: readonly Value[]
  facts: readonly Fact[]
  rules?: readonly Value[]
  /** Rows that `:in` gives. */
  start?: readonly Row[]
}

/** More rows than these take too long. */
export class TooMany extends Error {}

/**
 * The rows that meet all clauses, found in the plainest way: each row with each fact, clause by clause. Rules are
 * worked out in full beforehand, by adding to them until nothing is new; so what is in their bodies must not depend on
 * what a caller knows.
 */
export function referenceRows({clauses, facts, rules = [], start = [new Map()]}: ReferenceQuery): Row[] {
  const callsRules = rules.some((rule) =>
    text([...clauses]).includes(`(${String((itemsOf(itemsOf(rule)[0]!) as Value[])[0])} `),
  )
  return rowsOf(clauses, start, {extensions: callsRules ? extend(rules, facts) : new Map(), facts})
}

const text = (value: Value) => writeEdn(value)
const same = (a: Value, b: Value) => a === b || (typeof a === 'object' && typeof b === 'object' && text(a) === text(b))
const isVariable = (form: undefined | Value): form is Sym => form instanceof Sym && form.name.startsWith('?')
const itemsOf = (form: Value) => (form instanceof List ? form.items : (form as readonly Value[]))

function extend(rules: readonly Value[], facts: readonly Fact[]): Extensions {
  const all = new Map<string, Map<string, readonly Value[]>>()
  for (let count = -1, now = 0; count !== now;) {
    count = now
    for (const rule of rules) {
      const [head, ...body] = itemsOf(rule)
      const [name, ...formals] = itemsOf(head!) as [Sym, ...Sym[]]
      const known = all.get(name.name) ?? new Map<string, readonly Value[]>()
      all.set(name.name, known)
      for (const row of rowsOf(body, [new Map()], {extensions: all, facts})) {
        const tuple = formals.map((formal) => row.get(formal.name)!)
        known.set(text(tuple), tuple)
      }
    }

    now = [...all.values()].reduce((sum, {size}) => sum + size, 0)
  }

  return all
}

function rowsOf(clauses: readonly Value[], start: readonly Row[], world: World): Row[] {
  let rows = [...start]
  for (const clause of clauses) {
    const next = new Map<string, Row>()
    for (const row of rows)
      for (const found of rowsOfClause(clause, row, world)) {
        next.set(rowText(found), found)
        if (next.size > 20_000) throw new TooMany()
      }

    rows = [...next.values()]
  }

  return rows
}

function rowText(row: Row): string {
  return [...row.keys()]
    .sort()
    .map((name) => `${name} ${text(row.get(name)!)}`)
    .join(', ')
}

function rowsOfClause(clause: Value, row: Row, world: World): Row[] {
  const items = itemsOf(clause)
  if (!(clause instanceof List)) {
    if (items[0] instanceof List) return rowsOfCall(items[0], items[1], row, world)
    return world.facts.flatMap((fact) => matched(items, [...fact], row))
  }

  const [head, ...rest] = items as [Sym, ...Value[]]
  switch (head.name) {
    case 'and':
      return rowsOf(rest, [row], world)
    case 'not':
      return rowsOf(rest, [only(row, variablesIn(rest))], world).length === 0 ? [row] : []
    case 'not-join':
      return rowsOf(rest.slice(1), [only(row, variablesIn([rest[0]!]))], world).length === 0 ? [row] : []
    case 'or':
      return rest
        .flatMap((branch) => rowsOf([branch], [only(row, variablesIn(rest))], world))
        .map((found) => both(row, found))
    case 'or-join': {
      const vars = variablesIn([rest[0]!])
      return rest
        .slice(1)
        .flatMap((branch) => rowsOf([branch], [only(row, vars)], world))
        .map((found) => both(row, only(found, vars)))
    }

    default:
      return [...(world.extensions.get(head.name)?.values() ?? [])].flatMap((tuple) => matched(rest, tuple, row))
  }
}

/** A row with what makes the terms equal to the values, if that can be. */
function matched(terms: readonly Value[], values: readonly Value[], row: Row): Row[] {
  const found = new Map(row)
  for (const [i, term] of terms.entries()) {
    const value = values[i]!
    if (term instanceof Sym && term.name === '_') continue
    if (isVariable(term)) {
      if (!found.has(term.name)) found.set(term.name, value)
      else if (!same(found.get(term.name)!, value)) return []
    } else if (!same(term, value)) return []
  }

  return [found]
}

function rowsOfCall(call: List, binding: undefined | Value, row: Row, {facts}: World): Row[] {
  const [name, ...args] = itemsOf(call) as [Sym, ...Value[]]
  const values = args.map((arg) => (isVariable(arg) ? row.get(arg.name)! : arg))
  const result = called(name.name, values, facts)
  if (binding === undefined) return result ? [row] : []
  return Array.isArray(binding)
    ? matched(binding as Value[], result as Value[], row)
    : matched([binding], [result], row)
}

/** The functions that random queries call. */
function called(name: string, args: readonly Value[], facts: readonly Fact[]): Value {
  const [first, second] = args
  const has = (e: Value, a: Value) => facts.find((fact) => fact[0] === e && fact[1] === a)
  switch (name) {
    case '<':
      return (first as number) < (second as number)
    case '=':
      return same(first!, second!)
    case 'get-else':
      return has(second!, args[2]!)?.[2] ?? args[3]!
    case 'missing?':
      return has(second!, args[2]!) === undefined
    case 'not=':
      return !same(first!, second!)
    case 'vector':
      return [...args]
    default:
      throw new Error(`no function ${name}`)
  }
}

function only(row: Row, vars: ReadonlySet<string>): Row {
  return new Map([...row].filter(([name]) => vars.has(name)))
}

function both(a: Row, b: Row): Row {
  return new Map([...a, ...b])
}

function variablesIn(forms: readonly Value[]): Set<string> {
  const names = new Set<string>()
  const walk = (form: Value) => {
    if (isVariable(form)) names.add(form.name)
    else if (form instanceof List && form.items[0] instanceof Sym && form.items[0].name.endsWith('-join'))
      walk(form.items[1]!)
    else if (form instanceof List || Array.isArray(form)) for (const item of itemsOf(form)) walk(item)
  }

  for (const form of forms) walk(form)
  return names
}

/** What aggregates make of the values of a group, as Clojure's functions of those names. */
export function referenceAggregate(name: string, values: readonly Value[]): Value {
  const numbers = values as readonly number[]
  switch (name) {
    case 'count':
      return values.length
    case 'count-distinct':
      return new Set(values.map((value) => text(value))).size
    case 'max':
      return Math.max(...numbers)
    case 'min':
      return Math.min(...numbers)
    case 'sum':
      return numbers.reduce((a, b) => a + b, 0)
    default:
      throw new Error(`no aggregate ${name}`)
  }
}

interface ReferenceSchema {
  component: ReadonlySet<Keyword>
  many: ReadonlySet<Keyword>
  ref: ReadonlySet<Keyword>
}

/** What a selector takes of an entity, in the plainest way. Selectors here have no options but `:limit`, `:as` and `:default`. */
export class ReferencePull {
  constructor(
    readonly facts: readonly Fact[],
    readonly schema: ReferenceSchema,
  ) {}

  pull(
    selector: readonly Value[],
    e: number,
    seen: readonly number[] = [],
    levels: ReadonlyMap<Value, number> = new Map(),
  ): null | ValueMap {
    const map = new ValueMap()
    const names = new Set(
      selector.flatMap((item) => (item instanceof ValueMap ? [...item.keys()] : [item])).map((key) => attributeOf(key)),
    )
    if (selector.some((item) => isStar(item))) {
      map.set(keyword('db/id'), e)
      for (const a of new Set(this.facts.filter((fact) => fact[0] === e).map((fact) => fact[1])))
        if (!names.has(a)) this.#put(map, a, e, (id) => this.#whole(a, false, id, seen))
    }

    for (const item of selector) {
      if (isStar(item)) continue
      if (!(item instanceof ValueMap)) {
        const key = attributeOf(item) as Keyword
        if (key.fqn === 'db/id') map.set(key, e)
        else this.#put(map, item, e, (id) => this.#whole(forward(key), key.name.startsWith('_'), id, seen))
        continue
      }

      for (const [key, of] of item) {
        this.#put(map, key, e, (id) => {
          if (Array.isArray(of)) return this.pull(of as Value[], id, seen, levels)
          if (seen.includes(id)) return stub(id)
          const left = levels.get(item) ?? (typeof of === 'number' ? of : Number.POSITIVE_INFINITY)
          return left === 0 ? null : this.pull(selector, id, [...seen, id], new Map(levels).set(item, left - 1))
        })
      }
    }

    return map.size === 0 ? null : map
  }

  #whole(a: Keyword, reverse: boolean, id: number, seen: readonly number[]): null | ValueMap {
    if (reverse || !this.schema.component.has(a)) return stub(id)
    return seen.includes(id) ? stub(id) : this.pull([new Sym('*')], id, [...seen, id])
  }

  #put(map: ValueMap, form: Value, e: number, pull: (id: number) => null | ValueMap): void {
    const key = attributeOf(form) as Keyword
    const options = new ValueMap(pairs(Array.isArray(form) ? (form as Value[]).slice(1) : []))
    const as = options.get(keyword('as')) ?? key
    const a = forward(key)
    const reverse = a !== key
    const values = this.facts
      .filter((fact) => fact[1] === a && (reverse ? fact[2] === e : fact[0] === e))
      .map((fact) => (reverse ? fact[0] : fact[2]))
      .slice(0, (options.get(keyword('limit')) as number) ?? 1000)
    if (values.length === 0) {
      const other = options.get(keyword('default'))
      if (other !== undefined) map.set(as, other)
      return
    }

    const pulled = values
      .map((value) => (this.schema.ref.has(a) ? pull(value as number) : value))
      .filter((value) => value !== null)
    if (pulled.length === 0) return
    const many = reverse ? !this.schema.component.has(a) : this.schema.many.has(a)
    map.set(as, many ? pulled : pulled[0]!)
  }
}

function isStar(item: Value): boolean {
  return item instanceof Sym && item.name === '*'
}

function attributeOf(form: Value): Value {
  return Array.isArray(form) ? (form as Value[])[0]! : form
}

function forward(key: Keyword): Keyword {
  return key.name.startsWith('_') ? keyword(key.name.slice(1)) : key
}

function stub(id: number): ValueMap {
  return new ValueMap([[keyword('db/id'), id]])
}

function pairs(items: readonly Value[]): Array<[Value, Value]> {
  return items.flatMap((item, i) => (i % 2 === 0 ? [[item, items[i + 1]!] as [Value, Value]] : []))
}
