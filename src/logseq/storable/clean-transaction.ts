import {DB} from '../../engine/idents.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {isPassing} from '../passing.js'

/** An attribute of older graphs that Logseq does not store any more. */
const PATH_REFS = keyword('block/path-refs')

/**
 * Leaves out of the data of a transaction what clients of Logseq send and Logseq does not store: in maps what is nil, and
 * attributes that they keep for themselves. Data that is not a collection is returned unchanged: the transaction refuses it.
 */
export function cleanTransaction(txData: Value): Value {
  const items = txData instanceof List ? txData.items : txData
  if (!Array.isArray(items)) return txData
  const kept = (items as readonly Value[]).filter((item) => !isLeftOut(item))
  return kept.map((item) => (item instanceof ValueMap ? cleanMap(item) : item))
}

function cleanMap(map: ValueMap): ValueMap {
  return new ValueMap([...map].filter(([a, v]) => v !== null && !(a instanceof Keyword && isPassing(a))))
}

/** Returns true for an operation on an attribute that is only in the memory of a client. */
function isLeftOut(item: Value): boolean {
  if (item instanceof ValueMap) return item.get(DB.ident) === PATH_REFS
  const parts = item instanceof List ? item.items : item
  const a = Array.isArray(parts) ? (parts as readonly Value[])[2] : undefined
  return a instanceof Keyword && a.namespace === 'block.temp'
}
