import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {keyword as k, Uuid} from '../../src/values/scalars.js'
import {ValueMap} from '../../src/values/types.js'

/** Children of each entity, as a client keeps them: by UUID, each with its order key. */
export type Children = Map<string, Map<string, string>>

/** Reads the children of all entities of a graph. */
export function childrenIn(db: StoredDatabase): Children {
  const all: Children = new Map()
  const value = (e: number, a: string) => db.first(e, k(a))?.v
  for (const {e, v} of db.list(undefined, k('block/uuid'))) {
    const [order, parent] = [value(e, 'block/order'), value(e, 'block/parent')]
    const isLeftOut = ['created-from-property', 'deleted-at'].some(
      (name) => value(e, `logseq.property/${name}`) !== undefined,
    )
    const above = typeof parent === 'number' ? value(parent, 'block/uuid') : undefined
    if (order === undefined || isLeftOut || !(above instanceof Uuid)) continue
    groupOf(all, above.text).set(String(v), String(order))
  }

  return all
}

/** Applies the patches of a delta to children, as a client does. */
export function patchChildren(all: Children, delta: ValueMap): void {
  const part = (map: ValueMap, name: string) => map.get(k(name)) as readonly (readonly [Uuid, string])[]
  for (const [parent, patch] of delta.get(k('children')) as ValueMap) {
    const group = groupOf(all, String(parent))
    for (const [uuid, order] of part(patch as ValueMap, 'remove'))
      if (group.get(uuid.text) === order) group.delete(uuid.text)
      else throw new Error(`a delta removes ${uuid.text} from ${order}, where it is not`)
    for (const [uuid, order] of part(patch as ValueMap, 'upsert')) group.set(uuid.text, order)
    if (group.size === 0) all.delete(String(parent))
  }
}

/** Names of the blocks that a delta has, and of those that it deletes. */
export function namesIn(delta: ValueMap, part: 'blocks' | 'deleted'): string[] {
  return Array.from(delta.get(k(part)) as ValueMap, ([uuid]) => String(uuid)).sort()
}

function groupOf(all: Children, parent: string): Map<string, string> {
  const known = all.get(parent)
  if (known) return known
  const made = new Map<string, string>()
  all.set(parent, made)
  return made
}
