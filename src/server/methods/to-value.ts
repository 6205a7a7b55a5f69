import {keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'

/** Plain data of this package: strings, numbers, and objects of these. */
type Plain = boolean | number | readonly unknown[] | string | {readonly [key: string]: unknown}

/** Makes a value of plain data: the keys of objects become keywords, and a text is a text, whatever it looks like. */
export function toValue(plain: Plain): Value {
  if (typeof plain !== 'object') return plain
  if (Array.isArray(plain)) return plain.map((item) => toValue(item as Plain))
  return new ValueMap(
    Object.entries(plain)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [keyword(key), toValue(item as Plain)] as const),
  )
}
