import {present} from '../../values/present.js'
import {childrenOf, type EditToken, lastKey, MAX_KEYS, Node} from './node.js'

/**
 * Replaces some children of an inner node by changed nodes.
 * @param from the first child to be replaced
 * @param count how many are replaced
 * @returns the node, changed; two when it would have become too large
 */
export function replaceChildren(
  node: Node,
  from: number,
  count: number,
  nodes: readonly Node[],
  edit: EditToken,
): Node | readonly [Node, Node] {
  if (node.edit === edit && nodes.length === count) {
    for (const [i, child] of nodes.entries()) {
      node.keys[from + i] = lastKey(child)
      present(node.addresses)[from + i] = child.address
      present(node.children)[from + i] = child
    }

    return node
  }

  const keys = [...node.keys]
  const addresses = [...present(node.addresses)]
  const children = [...present(childrenOf(node))]
  keys.splice(from, count, ...nodes.map((child) => lastKey(child)))
  addresses.splice(from, count, ...nodes.map((child) => child.address))
  children.splice(from, count, ...nodes)
  const changed = new Node(keys, {addresses, children, height: node.height}, node.address, edit)
  return keys.length <= MAX_KEYS ? changed : splitNode(changed, undefined, edit)
}

/** Cuts a node in two; the first half keeps its address. @param address of the second half, if it has one */
export function splitNode(node: Node, address: number | undefined, edit: EditToken): readonly [Node, Node] {
  const middle = node.keys.length >> 1
  return [part(node, 0, middle, node.address, edit), part(node, middle, node.keys.length, address, edit)]
}

function part(node: Node, from: number, to: number, address: number | undefined, edit: EditToken): Node {
  const {addresses, children, height, keys} = node
  const below = addresses && {
    addresses: addresses.slice(from, to),
    children: children?.slice(from, to),
    height,
  }
  return new Node(keys.slice(from, to), below, address, edit)
}
