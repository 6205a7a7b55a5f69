import {writeEdn} from '../../../src/values/edn-write.js'
import {Keyword, keyword} from '../../../src/values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'

/** A fact of the model: a plain row. */
interface Row {
  a: string
  e: number
  v: Value
}

interface Trait {
  component?: true
  identity?: true
  many?: true
  ref?: true
  unique?: true
}

/** The attributes of the generator, said once more. */
const TRAITS: Record<string, Trait> = {
  aka: {many: true},
  code: {unique: true},
  email: {identity: true, unique: true},
  friend: {ref: true},
  heart: {component: true, ref: true},
  likes: {many: true, ref: true},
  part: {component: true, many: true, ref: true},
  tag: {many: true},
}

const trait = (a: string): Trait => TRAITS[a] ?? {}
const same = (a: Value, b: Value): boolean => writeEdn(a) === writeEdn(b)

class Refused extends Error {}
class Again extends Error {
  constructor(
    readonly name_: string,
    readonly e: number,
  ) {
    super()
  }
}

/** What a transaction means, in the plainest words: rows in an array, searched from end to end. */
export class Model {
  rows: Row[] = []
  maxEid = 0

  /** @returns the changes, `+1 :a v` or `-1 :a v`; undefined when it is refused, and nothing changes */
  transact(items: Value): string[] | undefined {
    const {maxEid, rows} = this
    const known = new Map<string, number>()
    for (;;) {
      try {
        return new Run(this, known).all(items as Value[])
      } catch (error) {
        this.rows = rows
        this.maxEid = maxEid
        if (error instanceof Refused) return undefined
        if (!(error instanceof Again)) throw error
        if (known.has(error.name_)) return undefined
        known.set(error.name_, error.e)
      }
    }
  }
}

class Run {
  readonly changes: string[] = []
  readonly made = new Map<number, string>()
  readonly named: Map<string, number>
  readonly said = new Set<number>()
  readonly asValue = new Set<number>()
  /** Who was there before. */
  readonly before: ReadonlySet<number>
  nameless = 0

  constructor(
    readonly model: Model,
    known: Map<string, number>,
  ) {
    this.named = new Map(known)
    this.before = new Set(model.rows.map(({e}) => e))
  }

  all(items: Value[]): string[] {
    for (const item of items) this.one(item)
    for (const e of this.asValue) if (!this.said.has(e) && !this.before.has(e)) throw new Refused()
    return this.changes
  }

  one(item: Value): void {
    if (item instanceof ValueMap) this.map(item)
    else this.operation(item as Value[])
  }

  operation([op, e, a, v, w]: Value[]): void {
    const attribute = a instanceof Keyword ? a.fqn : ''
    switch ((op as Keyword).fqn) {
      case 'db/add':
        return this.add(e!, attribute, v!)
      case 'db/cas':
        return this.swap(this.must(e!), attribute, v!, w!)
      case 'db/retractEntity': {
        const id = this.find(e!)
        return id === undefined ? undefined : this.end(id)
      }

      default: {
        const id = this.find(e!)
        if (id === undefined) return
        const wanted = v === undefined ? undefined : trait(attribute).ref ? this.must(v) : v
        const gone = this.select(id, attribute).filter((row) => wanted === undefined || same(row.v, wanted))
        for (const row of gone) this.remove(row)
        if (v === undefined && trait(attribute).component) for (const row of gone) this.end(row.v as number)
      }
    }
  }

  swap(e: number, a: string, old: Value, v: Value): void {
    const wanted = trait(a).ref && old !== null ? this.must(old) : old
    const there = this.select(e, a)[0]?.v ?? null
    if (!same(there, wanted)) throw new Refused()
    this.state(e, a, trait(a).ref ? this.must(v) : v)
  }

  add(e: Value, a: string, given: Value): void {
    let v = given
    if (trait(a).ref && isTemp(v)) {
      v = this.make(String(v))
      this.asValue.add(v)
    }

    const holder = trait(a).identity ? this.holder(a, v) : undefined
    if (isTemp(e)) {
      this.be(String(e), holder)
      this.state(holder ?? this.make(String(e)), a, trait(a).ref ? this.must(v) : v)
      return
    }

    const id = this.must(e)
    const name = typeof e === 'number' ? this.made.get(id) : undefined
    if (name !== undefined && holder !== undefined && holder !== id) throw new Again(name, holder)
    this.state(id, a, trait(a).ref ? this.must(v) : v)
  }

  map(map: ValueMap): void {
    const id = map.get(keyword('db/id')) ?? `nameless ${this.nameless++}`
    const identities = [...map].filter(([key]) => trait((key as Keyword).fqn).identity)
    const holders = identities.flatMap(([key, v]) => this.holder((key as Keyword).fqn, v) ?? [])
    const [holder] = holders
    let e: number
    if (isTemp(id)) {
      this.be(String(id), holder)
      e = holder ?? this.make(String(id))
    } else {
      e = this.must(id)
      if (holder !== undefined && holder !== e) throw new Refused()
    }

    this.model.maxEid = Math.max(this.model.maxEid, e)
    const steps: (() => void)[] = []
    for (const [key, value] of map) {
      const name = (key as Keyword).fqn
      if (name === 'db/id' || (trait(name).identity && holder !== undefined)) continue
      const back = name.startsWith('_')
      const a = back ? name.slice(1) : name
      for (const v of this.values(a, back, value)) steps.push(...this.steps(e, a, back, v))
    }

    for (const step of steps) step()
  }

  steps(e: number, a: string, back: boolean, v: Value): (() => void)[] {
    if (!(v instanceof ValueMap) || !trait(a).ref) return [() => (back ? this.add(v, a, e) : this.add(e, a, v))]
    const id = v.get(keyword('db/id')) ?? `nameless ${this.nameless++}`
    const inner = new ValueMap(v).set(keyword('db/id'), id)
    if (back) return [() => this.map(inner.set(keyword(a), e))]
    return [() => this.map(inner), () => this.add(e, a, id)]
  }

  values(a: string, back: boolean, value: Value): Value[] {
    if (!back && !trait(a).many) return [value]
    if (value instanceof ValueSet || value instanceof List) return [...value]
    if (!Array.isArray(value)) return [value]
    const isLookup = value.length === 2 && value[0] instanceof Keyword && trait(value[0].fqn).identity
    return isLookup ? [value] : [...(value as Value[])]
  }

  /** States a fact, in place of another value if there can be only one. */
  state(e: number, a: string, v: Value): void {
    this.said.add(e)
    const there = this.select(e, a)
    const rival = trait(a).many ? there.find((row) => same(row.v, v)) : there[0]
    if (rival && same(rival.v, v)) return
    if (rival) this.remove(rival)
    if (trait(a).unique && this.holder(a, v) !== undefined) throw new Refused()
    this.model.rows = [...this.model.rows, {a, e, v}]
    this.model.maxEid = Math.max(this.model.maxEid, e)
    this.changes.push(`+${e} :${a} ${writeEdn(v)}`)
  }

  end(e: number): void {
    const own = this.model.rows.filter((row) => row.e === e).sort(byEavt)
    const incoming = this.model.rows.filter((row) => trait(row.a).ref && row.v === e)
    for (const row of own) this.remove(row)
    for (const row of incoming) if (this.model.rows.includes(row)) this.remove(row)
    for (const row of own) if (trait(row.a).component) this.end(row.v as number)
  }

  remove(row: Row): void {
    this.model.rows = this.model.rows.filter((other) => other !== row)
    this.changes.push(`-${row.e} :${row.a} ${writeEdn(row.v)}`)
  }

  select(e: number, a: string): Row[] {
    return this.model.rows.filter((row) => row.e === e && row.a === a).sort(byEavt)
  }

  holder(a: string, v: Value): number | undefined {
    return this.model.rows.find((row) => row.a === a && same(row.v, v))?.e
  }

  find(e: Value): number | undefined {
    return typeof e === 'number' ? e : this.holder('email', (e as Value[])[1]!)
  }

  must(e: Value): number {
    const found = this.find(e)
    if (found === undefined) throw new Refused()
    return found
  }

  make(name: string): number {
    const e = this.named.get(name) ?? this.model.maxEid + 1
    if (!this.named.has(name)) this.model.maxEid = e
    this.named.set(name, e)
    this.made.set(e, name)
    return e
  }

  /** A tempid turns out to be somebody. */
  be(name: string, holder: number | undefined): void {
    if (holder === undefined) return
    const e = this.named.get(name)
    if (e !== undefined && e !== holder) throw new Again(name, holder)
    this.named.set(name, holder)
  }
}

const isTemp = (value: Value): boolean => typeof value === 'string' || (typeof value === 'number' && value < 0)

function byEavt(x: Row, y: Row): number {
  if (x.a !== y.a) return x.a < y.a ? -1 : 1
  return 0
}
