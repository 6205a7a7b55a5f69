import type {Datom} from '../../src/engine/datom.js'
import {
  changedLeaf,
  type Comparator,
  EditToken,
  lastKey,
  MAX_KEYS,
  Node,
  type NodeSource,
} from '../../src/engine/index/node.js'
import {Tree} from '../../src/engine/index/tree.js'

/** About so many keys a node: there is room for insertions. */
const KEYS = 24

/**
 * A tree of datoms that are sorted already, none twice.
 * @param source of the stored nodes of trees that are made from it
 */
export function buildTree(datoms: readonly Datom[], order: Comparator, source: NodeSource): Tree {
  if (datoms.length === 0) return Tree.empty(order, source)
  const edit = new EditToken()
  let level = chunks(datoms, (keys) => changedLeaf(keys, undefined, edit))
  let depth = 0
  for (; level.length > 1; depth++) level = chunks(level, (nodes) => parentOf(nodes, edit))
  return Tree.of(order, source, level[0] as Node, datoms.length, depth)
}

function parentOf(nodes: Node[], edit: EditToken): Node {
  const keys = nodes.map((node) => lastKey(node))
  const addresses = nodes.map(() => undefined)
  return new Node(keys, {addresses, children: nodes, height: nodes[0]!.height + 1}, undefined, edit)
}

/** Cuts into chunks of 16 to 32; what fits into one is one. */
function chunks<T>(items: readonly T[], make: (chunk: T[]) => Node): Node[] {
  const count = items.length <= MAX_KEYS ? 1 : Math.ceil(items.length / KEYS)
  return Array.from({length: count}, (_, i) =>
    make(items.slice(Math.floor((i * items.length) / count), Math.floor(((i + 1) * items.length) / count))),
  )
}
