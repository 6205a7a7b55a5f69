import type {Node, NodeSource} from '../index/node.js'

/** What stood at some addresses when somebody began to read. */
class Epoch {
  readonly before = new Map<number, Node>()
  readers = 0
}

/** The right to go on reading the nodes as they were when it was taken, however often they are written since. */
export interface Snapshot extends NodeSource {
  /** Lets go of it; after that it cannot be read through. Once is enough. */
  release(): void
}

/** Who reads what, and what is kept for them of nodes that were overwritten. */
export class Snapshots {
  #now = new Epoch()
  readonly #read = new Set<Epoch>()

  /** Does anybody read? */
  get any(): boolean {
    return this.#read.size > 0
  }

  /** How many nodes are kept. */
  get kept(): number {
    let kept = 0
    for (const {before} of this.#read) kept += before.size
    return kept
  }

  take(source: NodeSource): Snapshot {
    const epoch = this.#now
    epoch.readers++
    this.#read.add(epoch)
    let released = false
    return {
      load(address, height) {
        if (released) throw new Error('read through a snapshot that was released')
        return epoch.before.get(address) ?? source.load(address, height)
      },
      release: () => {
        if (released) return
        released = true
        epoch.readers--
        if (epoch.readers === 0) this.#read.delete(epoch)
      },
    }
  }

  /** Keeps, for all who read now, what stood at addresses that have been overwritten. */
  keep(before: ReadonlyMap<number, Node>): void {
    for (const epoch of this.#read)
      for (const [address, node] of before) if (!epoch.before.has(address)) epoch.before.set(address, node)
    this.#now = new Epoch()
  }
}
