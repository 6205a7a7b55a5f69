import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {A} from '../attributes.js'
import type {Entities} from '../entities.js'
import {isPropertyValue} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'

/** A block with its place in an outline. */
export interface OutlineItem {
  entity: Entity
  /** True if everything above it is open. */
  isVisible: boolean
  /** Counted from 1. */
  level: number
}

/** Lists the blocks under an entity from top to bottom, without values of properties. */
export function* outlineOf(
  entities: Entities,
  root: number,
  execution: ExecutionContext,
): CooperativeTask<OutlineItem[]> {
  const items: OutlineItem[] = []
  const seen = new Set([root])
  const open: OutlineItem[] = yield* below(root, 1, true)
  for (let item = open.pop(); item; item = open.pop()) {
    execution.reserveRows(1)
    items.push(item)
    const {entity, isVisible, level} = item
    const isOpen = isVisible && valueOf(entity, A.collapsed) !== true
    for (const child of yield* below(entity.e, level + 1, isOpen)) open.push(child)
    if (execution.shouldYield()) yield
  }

  return items

  /** The last comes first: the stack is read from its end. */
  function* below(e: number, level: number, isVisible: boolean): CooperativeTask<OutlineItem[]> {
    const children = (yield* entities.allChildren(e, execution)).filter(
      (child) => !isPropertyValue(child) && !seen.has(child.e),
    )
    for (const child of children) seen.add(child.e)
    return children.reverse().map((entity) => ({entity, isVisible, level}))
  }
}

/**
 * Lists the blocks under an entity level by level, without values of properties.
 * @param into returns true if the walk continues below an entity
 */
export function* levelsOf(
  entities: Entities,
  root: number,
  execution: ExecutionContext,
  into: (entity: Entity) => boolean,
): CooperativeTask<Entity[]> {
  const found: Entity[] = []
  const seen = new Set([root])
  let level = [root]
  while (level.length > 0) {
    const next: number[] = []
    for (const e of level) {
      for (const child of yield* entities.children(e, execution)) {
        if (seen.has(child.e)) continue
        seen.add(child.e)
        execution.reserveRows(1)
        found.push(child)
        if (into(child)) next.push(child.e)
      }
    }

    level = next
  }

  return found
}
