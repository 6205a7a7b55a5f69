import {present} from '../../values/present.js'
import type {Node} from '../index/node.js'

interface Entry {
  readonly cost: number
  readonly node: Node
  /** True if it was read since its last turn. */
  used: boolean
}

/**
 * Cache of stored nodes, bounded by their datoms; a node with a long text counts as many. It evicts the oldest node. A node
 * that was read since its last turn gets a second chance.
 */
export class NodeCache {
  readonly #budget: number
  #datoms = 0
  readonly #entries = new Map<number, Entry>()
  /** All entries are ahead of it. A new iterator would pass all deleted ones again, so that many evictions are quadratic. */
  #oldest = this.#entries.entries()

  /** @param budget how many datoms may be held, keys of inner nodes counted as such; one node is held in any case */
  constructor(budget: number) {
    this.#budget = budget
  }

  /** Number of datoms held. */
  get datoms(): number {
    return this.#datoms
  }

  get(address: number): Node | undefined {
    const entry = this.#entries.get(address)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.node
  }

  /** Keeps a node in place of the one that had its address. */
  put(address: number, node: Node): void {
    const old = this.#entries.get(address)
    if (old) this.#datoms -= old.cost
    const cost = costOf(node)
    this.#entries.set(address, {cost, node, used: old !== undefined})
    this.#datoms += cost
    if (this.#datoms > this.#budget) this.#makeRoom(address)
  }

  #makeRoom(keep: number): void {
    while (this.#datoms > this.#budget && this.#entries.size > 1) {
      const [address, entry] = present(this.#oldest.next().value)
      this.#entries.delete(address)
      if (entry.used || address === keep) this.#entries.set(address, {...entry, used: false})
      else this.#datoms -= entry.cost
    }
  }
}

/** A datom is some 128 bytes. */
function costOf({keys}: Node): number {
  let cost = keys.length
  for (const {v} of keys) if (typeof v === 'string') cost += v.length >>> 7
  return cost
}
