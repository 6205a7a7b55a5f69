import type {Keyword} from '../values/scalars.js'
import type {Value} from '../values/types.js'
import {compareKeywords, compareValues} from './compare.js'
import type {RangeBounds} from './index/node.js'

/** The facts of an entity, of one of its attributes, or with one value, in the order of eavt. */
export function eavtRange(e?: number, a?: Keyword, v?: Value): RangeBounds {
  if (e === undefined) return () => 0
  if (a === undefined) return (datom) => datom.e - e
  if (v === undefined) return (datom) => datom.e - e || compareKeywords(datom.a, a)
  return (datom) => datom.e - e || compareKeywords(datom.a, a) || compareValues(datom.v, v)
}

/** The facts of an attribute, or of one entity that has it, in the order of aevt. */
export function aevtRange(a: Keyword, e?: number): RangeBounds {
  if (e === undefined) return (datom) => compareKeywords(datom.a, a)
  return (datom) => compareKeywords(datom.a, a) || datom.e - e
}

/** The facts that have a value for an attribute, in the order of avet. */
export function avetRange(a: Keyword, v?: Value): RangeBounds {
  if (v === undefined) return (datom) => compareKeywords(datom.a, a)
  return (datom) => compareKeywords(datom.a, a) || compareValues(datom.v, v)
}
