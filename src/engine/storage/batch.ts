import {cleanNode, type Node} from '../index/node.js'
import type {StoredTree, Tree} from '../index/tree.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {encodeNode, type Row} from './nodes.js'

/** Nodes that are written together. Collecting them changes no existing node. */
export class Batch {
  #maxAddress: number
  readonly nodes = new Map<number, {readonly node: Node; readonly row: Row}>()
  /** Height of each existing node that is overwritten, by its address. */
  readonly overwritten = new Map<number, number>()

  /** @param maxAddress the greatest address in use */
  constructor(maxAddress: number) {
    this.#maxAddress = maxAddress
  }

  get maxAddress(): number {
    return this.#maxAddress
  }

  /** Adds the changed nodes of a tree. @returns the tree's entry in the root row */
  *add(tree: Tree, execution: ExecutionContext): CooperativeTask<StoredTree> {
    const {count, depth, root} = tree
    return {address: typeof root === 'number' ? root : yield* this.#node(root, execution), count, depth}
  }

  /** Children first, so that their addresses are known. */
  *#node(node: Node, execution: ExecutionContext): CooperativeTask<number> {
    const addresses = node.addresses && (yield* this.#children(node.addresses, node.children ?? [], execution))
    if (node.address !== undefined) this.overwritten.set(node.address, node.height)
    const address = node.address ?? ++this.#maxAddress
    // A copy: the transaction that changed the node may change it again.
    this.nodes.set(address, {
      node: cleanNode([...node.keys], addresses, address, node.height),
      row: encodeNode(node.keys, addresses),
    })
    if (execution.shouldYield()) yield
    return address
  }

  *#children(
    addresses: ReadonlyArray<number | undefined>,
    changed: ReadonlyArray<Node | undefined>,
    execution: ExecutionContext,
  ): CooperativeTask<number[]> {
    const all: number[] = []
    for (const [i, address] of addresses.entries()) {
      const child = changed[i]
      all.push(child ? yield* this.#node(child, execution) : (address as number))
    }

    return all
  }
}
