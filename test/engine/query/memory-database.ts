import {compareAevt, compareAvet, compareEavt} from '../../../src/engine/compare.js'
import type {Attributes, Database, DatomCursor} from '../../../src/engine/database.js'
import {Datom, TX0} from '../../../src/engine/datom.js'
import {Schema} from '../../../src/engine/schema.js'
import {type Keyword} from '../../../src/values/scalars.js'
import {equal, type Value, ValueMap} from '../../../src/values/types.js'

/** One fact of a test: entity, attribute, value. */
export type Fact = readonly [e: number, a: Keyword, v: Value]

/** A graph that is a list of facts. Scans give few at a time, and sometimes none. */
export class MemoryDatabase implements Database {
  readonly attributes: Attributes
  readonly datoms: readonly Datom[]
  readonly maxEid: number
  readonly maxTx = TX0 + 1
  readonly schema: ValueMap

  constructor(schema: ValueMap, facts: readonly Fact[]) {
    this.schema = schema
    this.attributes = Schema.of(schema)
    this.datoms = facts.map(([e, a, v]) => new Datom(e, a, v, TX0 + 1)).sort(compareEavt)
    this.maxEid = Math.max(0, ...facts.map(([e]) => e))
  }

  entid(id: Value): number | undefined {
    if (typeof id === 'number') return id
    const [a, v] = Array.isArray(id) ? (id as [Keyword, Value]) : [undefined, undefined]
    return a && this.datoms.find((datom) => datom.a === a && equal(datom.v, v))?.e
  }

  first(e: number | undefined, a?: Keyword, v?: Value): Datom | undefined {
    return this.list(e, a, v)[0]
  }

  list(e: number | undefined, a?: Keyword, v?: Value): Datom[] {
    const found = this.datoms.filter(
      (datom) =>
        (e === undefined || datom.e === e) &&
        (a === undefined || datom.a === a) &&
        (v === undefined || equal(datom.v, v)),
    )
    if (e !== undefined || a === undefined) return found
    return found.sort(v !== undefined && this.attributes.isIndexed(a) ? compareAvet : compareAevt)
  }

  scan(e: number | undefined, a?: Keyword, v?: Value): DatomCursor {
    const datoms = this.list(e, a, v)
    let at = 0
    let calls = 0
    return {
      next() {
        if (++calls % 4 === 0) return []
        if (at >= datoms.length) return undefined
        at += 3
        return datoms.slice(at - 3, at)
      },
    }
  }
}
