import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {A} from '../attributes.js'
import type {Entities} from '../entities.js'

/** The classes that extend a class, directly or through others, without the class itself: parents before children. */
export function* subclassesOf(
  entities: Entities,
  root: number,
  execution: ExecutionContext,
): CooperativeTask<Set<number>> {
  const found = new Set<number>()
  const open = [root]
  for (let e = open.shift(); e !== undefined; e = open.shift()) {
    for (const {e: child} of entities.db.list(undefined, A.extends, e)) {
      if (child === root || found.has(child)) continue
      found.add(child)
      open.push(child)
    }

    if (execution.shouldYield()) yield
  }

  return found
}
