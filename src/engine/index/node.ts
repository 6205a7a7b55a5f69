import {present} from '../../values/present.js'
import {corruptRow} from '../damage.js'
import type {Datom} from '../datom.js'
import {valueTypeOf} from '../value-type.js'

/** Compares a with b: negative if a comes first, 0 if they are the same, positive otherwise. */
export type Comparator = (a: Datom, b: Datom) => number

/** Position of a datom relative to a range: negative before it, 0 in it, positive after it. It must agree with the tree's order. */
export type RangeBounds = (datom: Datom) => number

/** Maximum number of keys in a node: Logseq's paths have 5 bits a level, so its reader breaks on more. */
export const MAX_KEYS = 32

/** Minimum number of keys: a node with fewer is merged with a neighbour, or filled from it. The root may have fewer. */
export const MIN_KEYS = 16

/** Source of stored nodes. */
export interface NodeSource {
  /**
   * @param height levels below the node that is expected there: a walk that asks for one less on each step ends, whatever
   *   is stored
   * @throws ServerError `graph-damaged` when there is no such node at the address
   */
  load(address: number, height: number): Node
}

/**
 * The right to change nodes in place: one for each transaction. Nodes made under it are visible to that transaction alone.
 * A tree from the middle of a transaction must not be read once there is a later one.
 */
export class EditToken {}

/** The fields of an inner node that a leaf does not have. */
interface Below {
  addresses: Array<number | undefined>
  children: Array<Node | undefined> | undefined
  height: number
}

/**
 * A node of a tree. A leaf has datoms; an inner node has, for each child, the greatest datom below it. A clean node is
 * as it is stored, never changes, and knows its children by address alone, so that they can be forgotten. A changed
 * one lives under its changed parent until it is stored.
 */
export class Node {
  readonly keys: Datom[]
  /** Of each child; undefined where it was never stored. A leaf has none of this. */
  readonly addresses: Array<number | undefined> | undefined
  /** The changed ones of the children; only a changed inner node has this. */
  readonly children: Array<Node | undefined> | undefined
  /** Address of the stored node, or of its stored form before the change; undefined if it was never stored. */
  readonly address: number | undefined
  /** The transaction that changed it; undefined for a clean node. */
  readonly edit: EditToken | undefined
  /** Levels below it: 0 for a leaf. */
  readonly height: number

  constructor(keys: Datom[], below: Below | undefined, address: number | undefined, edit: EditToken | undefined) {
    this.keys = keys
    this.addresses = below?.addresses
    this.children = below?.children
    this.address = address
    this.edit = edit
    this.height = below?.height ?? 0
  }
}

/** A node as it is stored. @param addresses of the children of an inner node */
export function cleanNode(keys: Datom[], addresses: number[] | undefined, address: number, height: number): Node {
  return new Node(keys, addresses && {addresses, children: undefined, height}, address, undefined)
}

/** Creates a leaf that replaces the one at an address. */
export function changedLeaf(keys: Datom[], address: number | undefined, edit: EditToken): Node {
  return new Node(keys, undefined, address, edit)
}

/**
 * Finds a child of an inner node, wherever it is.
 * @throws ServerError `graph-damaged` when a stored one is not what the node says it is
 */
export function childOf(node: Node, index: number, comparator: Comparator, source: NodeSource): Node {
  const changed = node.children?.[index]
  if (changed) return changed
  const address = present(node.addresses)[index] as number
  const child = source.load(address, node.height - 1)
  const greatest = child.keys.at(-1)
  if (greatest !== node.keys[index]) {
    requireKey(node, index, greatest, comparator, address)
    // The same datom, once in memory; and nothing is to be compared when the child is asked for again.
    node.keys[index] = greatest as Datom
  }

  return child
}

/**
 * A key is the greatest datom of its child, and greater than the key before it. So no node is the child of two: a tree
 * whose nodes share children would be endless to walk.
 */
function requireKey(
  {keys}: Node,
  index: number,
  greatest: Datom | undefined,
  comparator: Comparator,
  address: number,
): void {
  const key = keys[index] as Datom
  if (greatest === undefined) throw corruptRow(address, 'is a node without keys')
  if (comparator(greatest, key) !== 0) throw corruptRow(address, 'does not end with the datom that its parent says')
  const before = keys[index - 1]
  if (before && !comesBefore(before, key, comparator))
    throw corruptRow(address, 'has a key that is not greater than the one before')
}

/** Returns true if a datom comes before another. For two types of value the order differs between builds of Logseq. */
function comesBefore(a: Datom, b: Datom, comparator: Comparator): boolean {
  return comparator(a, b) < 0 || (a.a === b.a && valueTypeOf(a.v) !== valueTypeOf(b.v))
}

/** Returns the children for a changed copy of this node. If this one is clean, they are not in memory yet. */
export function childrenOf(node: Node): Array<Node | undefined> | undefined {
  return node.children ?? node.addresses?.map(() => undefined)
}

/** Returns the greatest fact below a node. */
export function lastKey(node: Node): Datom {
  return node.keys.at(-1) as Datom
}

// One binary search, written out three times: with a function for the test, `Tree.find` took a fifth longer, and scans of short
// ranges took 5 % longer.

/** The index of the first key that does not come before the datom; the number of keys when all do. */
export function lowerBound(keys: readonly Datom[], datom: Datom, comparator: Comparator): number {
  let low = 0
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (comparator(keys[middle] as Datom, datom) < 0) low = middle + 1
    else high = middle - 1
  }

  return low
}

/** The index of the first key that is not before the range. */
export function rangeStart(keys: readonly Datom[], bounds: RangeBounds): number {
  let low = 0
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (bounds(keys[middle] as Datom) < 0) low = middle + 1
    else high = middle - 1
  }

  return low
}

/** The index after the last key that is not after the range. @param from an index in or before the range */
export function rangeEnd(keys: readonly Datom[], from: number, bounds: RangeBounds): number {
  let low = from
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (bounds(keys[middle] as Datom) <= 0) low = middle + 1
    else high = middle - 1
  }

  return low
}
