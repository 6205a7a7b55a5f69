import type {Datom} from '../datom.js'

/** Where stands a before b? Negative before, 0 the same, positive after. */
export type Order = (a: Datom, b: Datom) => number

/** Where a datom stands to a range: below 0 before it, 0 in it, above 0 after it. It must agree with the tree's order. */
export type Position = (datom: Datom) => number

/** A node holds at most so many keys: Logseq's paths have 5 bits a level, so its reader breaks on more. */
export const MAX_KEYS = 32

/** With fewer, a node is merged with a neighbour, or filled up from it. The root may have fewer. */
export const MIN_KEYS = 16

/** Where stored nodes are fetched from. */
export interface NodeSource {
  /** @throws ServerError `graph-damaged` when there is no node of this form at the address */
  load(address: number): Node
}

/**
 * The right to change nodes in place: one for each transaction. What was made under it has been seen by nobody else yet.
 * Trees in between the first and the last of a transaction must not be read any more once a later one is there.
 */
export class Edit {}

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
  /** Where it stands, or stood before the change; undefined when it was never stored. */
  readonly address: number | undefined
  /** The transaction that changed it; undefined for a clean node. */
  readonly edit: Edit | undefined

  constructor(
    keys: Datom[],
    addresses: Array<number | undefined> | undefined,
    children: Array<Node | undefined> | undefined,
    address: number | undefined,
    edit: Edit | undefined,
  ) {
    this.keys = keys
    this.addresses = addresses
    this.children = children
    this.address = address
    this.edit = edit
  }
}

/** A node as it is stored. @param addresses of the children of an inner node */
export function cleanNode(keys: Datom[], addresses: number[] | undefined, address: number): Node {
  return new Node(keys, addresses, undefined, address, undefined)
}

export function changedLeaf(keys: Datom[], address: number | undefined, edit: Edit): Node {
  return new Node(keys, undefined, undefined, address, edit)
}

/** A child of an inner node, wherever it is. */
export function childOf(node: Node, index: number, source: NodeSource): Node {
  return node.children?.[index] ?? source.load(node.addresses?.[index] as number)
}

/** What a changed node made of this one has as children: nothing in memory yet, if this one is clean. */
export function childrenOf(node: Node): Array<Node | undefined> | undefined {
  return node.children ?? node.addresses?.map(() => undefined)
}

export function lastKey(node: Node): Datom {
  return node.keys.at(-1) as Datom
}

/** The index of the first key that does not come before the datom; the number of keys when all do. */
export function lowerBound(keys: readonly Datom[], datom: Datom, order: Order): number {
  let low = 0
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (order(keys[middle] as Datom, datom) < 0) low = middle + 1
    else high = middle - 1
  }

  return low
}

/** The index of the first key that does not stand before the range. */
export function rangeStart(keys: readonly Datom[], position: Position): number {
  let low = 0
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (position(keys[middle] as Datom) < 0) low = middle + 1
    else high = middle - 1
  }

  return low
}

/** The index after the last key that does not stand after the range. @param from an index in or before the range */
export function rangeEnd(keys: readonly Datom[], from: number, position: Position): number {
  let low = from
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (position(keys[middle] as Datom) <= 0) low = middle + 1
    else high = middle - 1
  }

  return low
}
