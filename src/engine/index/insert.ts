import type {Datom} from '../datom.js'
import {
  changedLeaf,
  childOf,
  type Comparator,
  type EditToken,
  lowerBound,
  MAX_KEYS,
  type Node,
  type NodeSource,
} from './node.js'
import {replaceChildren, splitNode} from './replace.js'

/**
 * Inserts a datom below a node.
 * @returns the changed node; two when it was full; undefined when the datom is there already
 */
export function insertInto(
  node: Node,
  datom: Datom,
  comparator: Comparator,
  source: NodeSource,
  edit: EditToken,
): Node | readonly [Node, Node] | undefined {
  const index = lowerBound(node.keys, datom, comparator)
  if (node.addresses === undefined) return insertIntoLeaf(node, index, datom, comparator, edit)
  const place = Math.min(index, node.keys.length - 1) // a datom that is greater than all goes to the last child
  const below = insertInto(childOf(node, place, comparator, source), datom, comparator, source, edit)
  if (below === undefined) return undefined
  return replaceChildren(node, place, 1, isSplit(below) ? below : [below], edit)
}

/** Returns true if an insert split a node in two. */
export function isSplit(nodes: Node | readonly [Node, Node]): nodes is readonly [Node, Node] {
  return Array.isArray(nodes)
}

function insertIntoLeaf(
  leaf: Node,
  index: number,
  datom: Datom,
  comparator: Comparator,
  edit: EditToken,
): Node | readonly [Node, Node] | undefined {
  const there = leaf.keys[index]
  if (there !== undefined && comparator(there, datom) === 0) return undefined
  if (leaf.edit === edit && leaf.keys.length < MAX_KEYS) {
    leaf.keys.splice(index, 0, datom)
    return leaf
  }

  const keys = [...leaf.keys]
  keys.splice(index, 0, datom)
  const changed = changedLeaf(keys, leaf.address, edit)
  return keys.length <= MAX_KEYS ? changed : splitNode(changed, undefined, edit)
}
