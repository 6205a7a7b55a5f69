import type {DatomCursor} from '../database.js'
import type {Datom} from '../datom.js'
import {childOf, type Comparator, type Node, type NodeSource, type RangeBounds, rangeEnd, rangeStart} from './node.js'

/** The datoms of a range, a leaf at a time. Each leaf is loaded on demand. */
export class TreeCursor implements DatomCursor {
  #done = false
  /** The inner nodes from the root to the present leaf, and which child was taken in each. */
  readonly #indexes: number[] = []
  readonly #comparator: Comparator
  readonly #path: Node[] = []
  readonly #bounds: RangeBounds
  #root: Node | undefined
  readonly #source: NodeSource

  constructor(root: Node, comparator: Comparator, source: NodeSource, bounds: RangeBounds) {
    this.#comparator = comparator
    this.#bounds = bounds
    this.#root = root
    this.#source = source
  }

  next(): readonly Datom[] | undefined {
    while (!this.#done) {
      const root = this.#root
      this.#root = undefined
      const leaf = root ? this.#enter(root) : this.#advance()
      if (!leaf) break
      const batch = this.#within(leaf, root ? rangeStart(leaf.keys, this.#bounds) : 0)
      if (batch.length > 0) return batch
    }

    this.#done = true
    return undefined
  }

  /** Goes down to the leaf in which the range begins. */
  #enter(root: Node): Node | undefined {
    let node = root
    while (node.addresses !== undefined) {
      const index = rangeStart(node.keys, this.#bounds)
      if (index === node.keys.length) return undefined
      node = this.#down(node, index)
    }

    return node
  }

  /** Goes on to the next leaf. */
  #advance(): Node | undefined {
    for (let level = this.#path.length - 1; level >= 0; level--) {
      const index = (this.#indexes.pop() as number) + 1
      const parent = this.#path.pop() as Node
      if (index === parent.keys.length) continue
      let node = this.#down(parent, index)
      while (node.addresses !== undefined) node = this.#down(node, 0)
      return node
    }

    return undefined
  }

  #down(node: Node, index: number): Node {
    this.#path.push(node)
    this.#indexes.push(index)
    return childOf(node, index, this.#comparator, this.#source)
  }

  #within(leaf: Node, from: number): readonly Datom[] {
    const {edit, keys} = leaf
    const last = keys.at(-1)
    const reachesEnd = last !== undefined && this.#bounds(last) === 0
    this.#done = last !== undefined && !reachesEnd && from < keys.length
    const to = reachesEnd ? keys.length : rangeEnd(keys, from, this.#bounds)
    // The keys of a changed node may be changed in place while the batch is read.
    return from === 0 && to === keys.length && edit === undefined ? keys : keys.slice(from, to)
  }
}
