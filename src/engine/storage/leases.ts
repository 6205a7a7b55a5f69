import type {Node, NodeSource} from '../index/node.js'

/** What stood at some addresses when somebody began to read. */
class Moment {
  readonly before = new Map<number, Node>()
  readers = 0
}

/** The right to go on reading the nodes as they were when it was taken, however often they are written since. */
export interface Lease extends NodeSource {
  /** Lets go of it; after that it cannot be read through. Once is enough. */
  release(): void
}

/** Who reads what, and what is kept for them of nodes that were overwritten. */
export class Leases {
  #now = new Moment()
  readonly #read = new Set<Moment>()

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

  take(source: NodeSource): Lease {
    const moment = this.#now
    moment.readers++
    this.#read.add(moment)
    let released = false
    return {
      load(address, height) {
        if (released) throw new Error('read through a lease that was released')
        return moment.before.get(address) ?? source.load(address, height)
      },
      release: () => {
        if (released) return
        released = true
        moment.readers--
        if (moment.readers === 0) this.#read.delete(moment)
      },
    }
  }

  /** Keeps, for all who read now, what stood at addresses that have been overwritten. */
  keep(before: ReadonlyMap<number, Node>): void {
    for (const moment of this.#read)
      for (const [address, node] of before) if (!moment.before.has(address)) moment.before.set(address, node)
    this.#now = new Moment()
  }
}
