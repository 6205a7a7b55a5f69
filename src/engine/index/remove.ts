import {present} from '../../values/present.js'
import type {Datom} from '../datom.js'
import {
  changedLeaf,
  childOf,
  childrenOf,
  type Comparator,
  type EditToken,
  lowerBound,
  MAX_KEYS,
  MIN_KEYS,
  Node,
  type NodeSource,
} from './node.js'
import {replaceChildren, splitNode} from './replace.js'

/**
 * Removes a datom below a node.
 * @returns the changed node, which may have too few keys now; undefined when the datom is not there
 */
export function removeFrom(
  node: Node,
  datom: Datom,
  comparator: Comparator,
  source: NodeSource,
  edit: EditToken,
): Node | undefined {
  const index = lowerBound(node.keys, datom, comparator)
  if (index === node.keys.length) return undefined
  if (node.addresses === undefined) return removeFromLeaf(node, index, datom, comparator, edit)
  const below = removeFrom(childOf(node, index, comparator, source), datom, comparator, source, edit)
  if (below === undefined) return undefined
  if (below.keys.length >= MIN_KEYS) return unsplit(replaceChildren(node, index, 1, [below], edit))
  return rebalance(node, index, below, {comparator, source}, edit)
}

function removeFromLeaf(
  leaf: Node,
  index: number,
  datom: Datom,
  comparator: Comparator,
  edit: EditToken,
): Node | undefined {
  if (comparator(leaf.keys[index] as Datom, datom) !== 0) return undefined
  if (leaf.edit === edit) {
    leaf.keys.splice(index, 1)
    return leaf
  }

  return changedLeaf(leaf.keys.toSpliced(index, 1), leaf.address, edit)
}

/** Source of stored children, and the order of their keys. */
interface Stored {
  comparator: Comparator
  source: NodeSource
}

/** Joins a child that has too few keys with a neighbour, or shares the neighbour's keys with it. */
function rebalance(node: Node, index: number, below: Node, {comparator, source}: Stored, edit: EditToken): Node {
  // An only child has no neighbour. Neither Logseq nor this code makes one below a root; it is left as it is.
  if (node.keys.length === 1)
    return below.keys.length === 0
      ? new Node([], {addresses: [], children: [], height: node.height}, node.address, edit)
      : unsplit(replaceChildren(node, index, 1, [below], edit))
  const from = Math.max(index - 1, 0)
  const left = index > 0 ? childOf(node, from, comparator, source) : below
  const right = index > 0 ? below : childOf(node, 1, comparator, source)
  const joined = join(left, right, edit)
  return unsplit(
    replaceChildren(
      node,
      from,
      2,
      joined.keys.length <= MAX_KEYS ? [joined] : splitNode(joined, right.address, edit),
      edit,
    ),
  )
}

function join(left: Node, right: Node, edit: EditToken): Node {
  const below = left.addresses && {
    addresses: [...left.addresses, ...present(right.addresses)],
    children: [...present(childrenOf(left)), ...present(childrenOf(right))],
    height: left.height,
  }
  return new Node([...left.keys, ...right.keys], below, left.address, edit)
}

/** A removal makes no node larger. */
function unsplit(nodes: Node | readonly [Node, Node]): Node {
  return nodes as Node
}
