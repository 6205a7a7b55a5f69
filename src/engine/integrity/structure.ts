import {messageOf, ServerError} from '../../lib/errors.js'
import {present} from '../../values/present.js'
import type {Datom} from '../datom.js'
import {type Comparator, MIN_KEYS, type Node, type NodeSource} from '../index/node.js'
import type {StoredTree} from '../index/tree.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {valueTypeOf} from '../value-type.js'
import type {Findings, IndexName} from './findings.js'

/** A tree to walk, and the function that receives its datoms. */
interface Walk {
  findings: Findings
  index: IndexName
  order: Comparator
  execution: ExecutionContext
  /** The addresses that nodes were found at, of this tree and of those before it. */
  seen: Set<number>
  source: NodeSource
  tree: StoredTree
  /** Receives each datom, in order. */
  visit(datom: Datom): void
}

/** Counts of a walk. */
export interface Walked {
  datoms: number
  /** Nodes with less than half of what fits; Logseq makes none. */
  underfull: number
}

/**
 * Walks a stored tree, damaged or not. Checks that each node is on its level, and that each key is the greatest of its child.
 * Checks the order of the datoms, and that their number is that of the root.
 */
export function* walkTree(walk: Walk): CooperativeTask<Walked> {
  const walker = new Walker(walk)
  yield* walker.node(walk.tree.address, 0)
  const {datoms, underfull} = walker
  if (datoms !== walk.tree.count) walker.problem(`holds ${datoms} datoms, and counts ${walk.tree.count}`)
  return {datoms, underfull}
}

class Walker implements Walked {
  datoms = 0
  #last: Datom | undefined
  underfull = 0
  readonly #walk: Walk

  constructor(walk: Walk) {
    this.#walk = walk
  }

  *node(address: number, level: number): CooperativeTask<void> {
    const node = this.#load(address, this.#walk.tree.depth - level)
    if (!node) return
    if (level > 0 && node.keys.length < MIN_KEYS) this.underfull++
    if (level > 0 && node.keys.length === 0) this.problem('a node is empty', address)
    if (node.addresses === undefined) for (const datom of node.keys) this.#datom(datom, address)
    else yield* this.#children(node, address, level)
    if (this.#walk.execution.shouldYield()) yield
  }

  problem(what: string, address?: number): void {
    const {findings, index} = this.#walk
    findings.add({index, ...(address !== undefined && {address}), what})
  }

  *#children(node: Node, address: number, level: number): CooperativeTask<void> {
    for (const [i, key] of node.keys.entries()) {
      const before = this.datoms
      yield* this.node(present(node.addresses)[i] as number, level + 1)
      // A missing child has been reported already.
      if (this.datoms > before && this.#walk.order(this.#last as Datom, key) !== 0)
        this.problem(`key ${i} is not the greatest of its child`, address)
    }
  }

  #datom(datom: Datom, address: number): void {
    // Not checked: the order of values of two types differs between builds of Logseq.
    const last = this.#last
    if (
      last &&
      this.#walk.order(last, datom) >= 0 &&
      (last.a !== datom.a || valueTypeOf(last.v) === valueTypeOf(datom.v))
    )
      this.problem(`${describe(datom)} does not stand behind ${describe(last)}`, address)
    this.datoms++
    this.#last = datom
    this.#walk.visit(datom)
  }

  #load(address: number, height: number): Node | undefined {
    const {seen, source} = this.#walk
    if (seen.has(address)) {
      this.problem('the node is part of two trees, or twice of one', address)
      return undefined
    }

    seen.add(address)
    try {
      return source.load(address, height)
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      this.problem(messageOf(error), address)
      return undefined
    }
  }
}

/** Describes a datom well enough to find it. Its value is left out: it may be secret, and long. */
export function describe({a, e, tx}: Datom): string {
  return `[${e} ${String(a)} … ${tx}]`
}
