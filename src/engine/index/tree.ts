import type {DatomCursor} from '../database.js'
import type {Datom} from '../datom.js'
import {TreeCursor} from './cursor.js'
import {insertInto, isSplit} from './insert.js'
import {
  changedLeaf,
  childOf,
  type Comparator,
  type EditToken,
  lastKey,
  lowerBound,
  Node,
  type NodeSource,
  type RangeBounds,
  rangeStart,
} from './node.js'
import {removeFrom} from './remove.js'

/** A tree as the root row of a graph describes it. */
export interface StoredTree {
  /** Of its root. */
  readonly address: number
  /** Number of its datoms. */
  readonly count: number
  /** Number of levels of inner nodes above the leaves; Logseq calls it shift. */
  readonly depth: number
}

const EMPTY = new Node([], undefined, undefined, undefined)

/**
 * A sorted set of datoms that never changes: a B+tree in the form that Logseq stores. A change makes a new tree that
 * shares all nodes with the old one but those on its path.
 */
export class Tree {
  readonly comparator: Comparator
  readonly source: NodeSource
  readonly count: number
  readonly depth: number
  /** The stored root, or the root that is not stored yet. */
  readonly root: Node | number

  private constructor(comparator: Comparator, source: NodeSource, root: Node | number, count: number, depth: number) {
    this.comparator = comparator
    this.source = source
    this.root = root
    this.count = count
    this.depth = depth
  }

  static empty(comparator: Comparator, source: NodeSource): Tree {
    return new Tree(comparator, source, EMPTY, 0, 0)
  }

  /** A tree as its source has it. Nothing is loaded yet. */
  static stored(source: NodeSource, {address, count, depth}: StoredTree, comparator: Comparator): Tree {
    return new Tree(comparator, source, address, count, depth)
  }

  /** A tree of nodes that are there already. */
  static of(comparator: Comparator, source: NodeSource, root: Node, count: number, depth: number): Tree {
    return new Tree(comparator, source, root, count, depth)
  }

  /** The same datom by the tree's order, transaction and all; undefined when it is not there. */
  find(datom: Datom): Datom | undefined {
    let node = this.rootNode()
    for (;;) {
      const index = lowerBound(node.keys, datom, this.comparator)
      const key = node.keys[index]
      if (key === undefined) return undefined
      if (node.addresses === undefined) return this.comparator(key, datom) === 0 ? key : undefined
      node = childOf(node, index, this.comparator, this.source)
    }
  }

  /** The first datom of a range; undefined when it is empty. */
  first(bounds: RangeBounds): Datom | undefined {
    let node = this.rootNode()
    for (;;) {
      const index = rangeStart(node.keys, bounds)
      const key = node.keys[index]
      if (key === undefined) return undefined
      if (node.addresses === undefined) return bounds(key) === 0 ? key : undefined
      node = childOf(node, index, this.comparator, this.source)
    }
  }

  /** The datoms of a range, in order, a batch at a time. */
  scan(bounds: RangeBounds): DatomCursor {
    return new TreeCursor(this.rootNode(), this.comparator, this.source, bounds)
  }

  /** @returns the tree with the datom; this one when it has it already */
  insert(datom: Datom, edit: EditToken): Tree {
    const root = insertInto(this.rootNode(), datom, this.comparator, this.source, edit)
    if (root === undefined) return this
    if (!isSplit(root)) return this.#with(root, this.count + 1, this.depth)
    const keys = root.map((node) => lastKey(node))
    const addresses = root.map((node) => node.address)
    return this.#with(
      new Node(keys, {addresses, children: [...root], height: this.depth + 1}, undefined, edit),
      this.count + 1,
      this.depth + 1,
    )
  }

  /** @returns the tree without the datom; this one when it does not have it */
  remove(datom: Datom, edit: EditToken): Tree {
    let root = removeFrom(this.rootNode(), datom, this.comparator, this.source, edit)
    if (root === undefined) return this
    let {depth} = this
    while (root.addresses !== undefined && root.keys.length === 1) {
      root = childOf(root, 0, this.comparator, this.source)
      depth--
    }

    if (root.keys.length === 0)
      return this.#with(changedLeaf([], root.height === 0 ? root.address : undefined, edit), 0, 0)
    return this.#with(root, this.count - 1, depth)
  }

  /** The same tree, reading its stored nodes from elsewhere. */
  withSource(source: NodeSource): Tree {
    return new Tree(this.comparator, source, this.root, this.count, this.depth)
  }

  rootNode(): Node {
    return typeof this.root === 'number' ? this.source.load(this.root, this.depth) : this.root
  }

  /** A clean root is known by its address: it may be forgotten. */
  #with(root: Node, count: number, depth: number): Tree {
    const stored = root.edit === undefined ? root.address : undefined
    return new Tree(this.comparator, this.source, stored ?? root, count, depth)
  }
}
