import type {Node} from '../tree/node.js'

interface Entry {
  readonly node: Node
  /** It was asked for since its turn came last. */
  used: boolean
}

/**
 * The stored nodes that are kept in memory, up to so many datoms. When room is needed, the one that came first goes,
 * unless it was used since: then it gets a second chance, once around.
 */
export class NodeCache {
  readonly #budget: number
  #datoms = 0
  readonly #entries = new Map<number, Entry>()

  /** @param budget how many datoms may be held, keys of inner nodes counted as such; one node is held in any case */
  constructor(budget: number) {
    this.#budget = budget
  }

  /** How many datoms are held. */
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
    if (old) this.#datoms -= old.node.keys.length
    this.#entries.set(address, {node, used: old !== undefined})
    this.#datoms += node.keys.length
    if (this.#datoms > this.#budget) this.#makeRoom(address)
  }

  #makeRoom(keep: number): void {
    for (const [address, entry] of this.#entries) {
      if (this.#datoms <= this.#budget || this.#entries.size === 1) return
      this.#entries.delete(address)
      if (entry.used || address === keep) this.#entries.set(address, {node: entry.node, used: false})
      else this.#datoms -= entry.node.keys.length
    }
  }
}
