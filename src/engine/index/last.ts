import type {Datom} from '../datom.js'
import {childOf, type RangeBounds, rangeEnd} from './node.js'
import type {Tree} from './tree.js'

/** The last datom of a range; undefined when it is empty. */
export function lastIn(tree: Tree, bounds: RangeBounds): Datom | undefined {
  let last: Datom | undefined
  let node = tree.rootNode()
  for (;;) {
    const end = rangeEnd(node.keys, 0, bounds)
    const before = node.keys[end - 1]
    if (before !== undefined && bounds(before) === 0) last = before
    // A key of an inner node is the greatest datom below it, so what lies behind `before` begins with the next child.
    if (node.addresses === undefined || end === node.keys.length) return last
    node = childOf(node, end, tree.comparator, tree.source)
  }
}
