import {compareEavt} from '../../../src/engine/compare.js'
import {Datom, TX0} from '../../../src/engine/datom.js'
import {childOf, lastKey, MAX_KEYS, MIN_KEYS, type Node} from '../../../src/engine/index/node.js'
import type {Tree} from '../../../src/engine/index/tree.js'
import {keyword} from '../../../src/values/scalars.js'

const ATTRIBUTES = [keyword('a'), keyword('block/title'), keyword('block/uuid')]

const made: Datom[] = []

/** One of many datoms, the same object for the same number; greater numbers make no greater datoms. */
export function datomOf(n: number): Datom {
  made[n] ??= new Datom(1 + ((n * 7919) % 5003), ATTRIBUTES[n % 3]!, `value ${n}`, TX0 + 1 + (n % 17))
  return made[n]
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The plain model of a tree: a sorted array. */
export class SortedArray {
  readonly items: Datom[] = []

  /** @returns whether it was not there */
  insert(datom: Datom): boolean {
    const at = this.#place(datom)
    if (this.#has(at, datom)) return false
    this.items.splice(at, 0, datom)
    return true
  }

  /** @returns whether it was there */
  remove(datom: Datom): boolean {
    const at = this.#place(datom)
    if (!this.#has(at, datom)) return false
    this.items.splice(at, 1)
    return true
  }

  #has(at: number, datom: Datom): boolean {
    return at < this.items.length && compareEavt(this.items[at]!, datom) === 0
  }

  #place(datom: Datom): number {
    let low = 0
    let high = this.items.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareEavt(this.items[middle]!, datom) < 0) low = middle + 1
      else high = middle
    }

    return low
  }
}

/** Is the tree built as Logseq demands, and does it hold just these? @returns what is wrong */
export function faults(tree: Tree, expected: readonly Datom[]): string[] {
  const found: string[] = []
  const held: Datom[] = []
  const walk = (node: Node, level: number): void => {
    const {length} = node.keys
    if (length > MAX_KEYS) found.push(`${length} keys on level ${level}`)
    if (level > 0 && length < MIN_KEYS) found.push(`only ${length} keys on level ${level}`)
    if (node.addresses === undefined) {
      if (level !== tree.depth) found.push(`a leaf on level ${level} of ${tree.depth}`)
      held.push(...node.keys)
      return
    }

    if (node.addresses.length !== length) found.push(`${node.addresses.length} children of ${length} keys`)
    if (level === 0 && length < 2) found.push('a root with an only child')
    for (let i = 0; i < length; i++) {
      const child = childOf(node, i, tree.comparator, tree.source)
      if (tree.comparator(lastKey(child), node.keys[i]!) !== 0) found.push('a key is not the greatest of its child')
      walk(child, level + 1)
    }
  }

  walk(tree.rootNode(), 0)
  if (tree.count !== expected.length) found.push(`counts ${tree.count}, not ${expected.length}`)
  if (held.length !== expected.length || held.some((datom, i) => tree.comparator(datom, expected[i]!) !== 0))
    found.push(`holds ${held.length} datoms that are not the ${expected.length} expected`)
  return found
}
