import type {Node, NodeSource} from '../index/node.js'

/** Overwritten nodes of the time since a snapshot was taken, by address. */
class Epoch {
  readonly before = new Map<number, Node>()
  readers = 0
}

/** The right to go on reading the nodes as they were when it was taken, however often they are written since. */
export interface Snapshot extends NodeSource {
  /** Releases it; it cannot be read afterwards. A second call does nothing. */
  release(): void
}

/** The open snapshots, and the overwritten nodes that are kept for them. */
export class Snapshots {
  #now = new Epoch()
  readonly #read = new Set<Epoch>()

  /** Returns true if a snapshot is open. */
  get any(): boolean {
    return this.#read.size > 0
  }

  /** Number of nodes that are kept. */
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

  /** Keeps overwritten nodes for all open snapshots. */
  keep(before: ReadonlyMap<number, Node>): void {
    for (const epoch of this.#read)
      for (const [address, node] of before) if (!epoch.before.has(address)) epoch.before.set(address, node)
    this.#now = new Epoch()
  }
}
