import {messageOf} from '../../lib/errors.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {decodeTransit, encodeTransit} from '../../values/transit.js'
import {type Value, ValueMap} from '../../values/types.js'
import {corruptRow} from '../damage.js'
import {Datom} from '../datom.js'
import {cleanNode, MAX_KEYS, type Node} from '../index/node.js'

/** A row of the table kvs, but for its address. */
export interface Row {
  /** The addresses of the children, as JSON; null for what has none. */
  readonly addresses: null | string
  /** transit-JSON. */
  readonly content: string
}

const KEYS = keyword('keys')

/**
 * Reads the row of a node: `{:keys [[e a v tx] ...]}`.
 * @param height levels that are to be below it
 * @throws ServerError `graph-damaged` when it is not such a node
 */
export function decodeNode(address: number, height: number, {addresses, content}: Row): Node {
  if ((height === 0) !== (addresses === null))
    throw corruptRow(
      address,
      height === 0 ? 'has children where a leaf has to be' : `is a leaf ${height} levels too high`,
    )
  const keys = decodeKeys(address, content)
  const children = addresses === null ? undefined : decodeAddresses(address, addresses)
  if (keys.length > MAX_KEYS) throw corruptRow(address, `has ${keys.length} keys`)
  if (children && (children.length !== keys.length || keys.length === 0))
    throw corruptRow(address, `has ${children.length} children and ${keys.length} keys`)
  return cleanNode(keys, children, address, height)
}

/** @param addresses of the children of an inner node */
export function encodeNode(keys: readonly Datom[], addresses: readonly number[] | undefined): Row {
  return {
    addresses: addresses ? JSON.stringify(addresses) : null,
    content: encodeTransit(new ValueMap([[KEYS, keys.map((datom) => encodeDatom(datom))]])),
  }
}

/** Reads `[e a v tx]`, in the array that it came in. @throws ServerError `graph-damaged` */
export function decodeDatom(address: number, value: Value | undefined): Datom {
  if (Array.isArray(value) && value.length === 4) {
    const [e, a, v, tx] = value as readonly Value[] as readonly [Value, Value, Value, Value]
    if (typeof e === 'number' && a instanceof Keyword && v !== null && typeof tx === 'number')
      return new Datom(e, a, v, tx)
  }

  throw corruptRow(address, 'has something that is not a datom')
}

/** Converts a fact to the vector that Logseq stores. */
export function encodeDatom({a, e, tx, v}: Datom): Value {
  return [e, a, v, tx]
}

/** Reads the transit of a row. @throws ServerError `graph-damaged` */
export function decodeContent(address: number, content: unknown): Value {
  if (typeof content !== 'string') throw corruptRow(address, 'has no text')
  try {
    return decodeTransit(content)
  } catch (error) {
    throw corruptRow(address, `is not transit: ${messageOf(error)}`)
  }
}

function decodeKeys(address: number, content: string): Datom[] {
  const value = decodeContent(address, content)
  const keys = value instanceof ValueMap ? value.get(KEYS) : undefined
  if (!Array.isArray(keys)) throw corruptRow(address, 'is not a node')
  return keys.map((item: Value) => decodeDatom(address, item))
}

function decodeAddresses(address: number, text: unknown): number[] {
  let json: unknown
  try {
    json = JSON.parse(String(text))
  } catch (error) {
    throw corruptRow(address, `has no list of addresses: ${messageOf(error)}`)
  }

  if (!Array.isArray(json) || !json.every((item) => Number.isSafeInteger(item)))
    throw corruptRow(address, 'has no list of addresses')
  return json as number[]
}
