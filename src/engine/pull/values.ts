import type {Keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {forEachBatch} from '../collect-datoms.js'
import type {Database} from '../database.js'
import type {MemoryAccountant} from '../memory-accountant.js'
import type {CooperativeTask} from '../task.js'
import {type SelectedAttribute, type Selector, wholeAttribute} from './selector.js'

/** The values that an entity has for a selected attribute, or the entities that have it for one. */
export function* valuesOf(
  db: Database,
  selected: SelectedAttribute,
  e: number,
  memory: MemoryAccountant,
): CooperativeTask<Value[]> {
  const {attribute, limit, reverse} = selected
  const values: Value[] = []
  const cursor = reverse ? db.scan(undefined, attribute, e) : db.scan(e, attribute)
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const datom of batch) {
      if (values.length === limit) return values
      values.push(reverse ? datom.e : datom.v)
    }

    memory.countRows(batch.length)
    if (memory.shouldYield()) yield
  }

  return values
}

/** All attributes that an entity has and that are not selected by name. */
export function* withAll(
  db: Database,
  selector: Selector,
  e: number,
  memory: MemoryAccountant,
): CooperativeTask<SelectedAttribute[]> {
  const named = new Set(selector.attributes.filter(({reverse}) => !reverse).map(({attribute}) => attribute))
  const found = new Set<Keyword>()
  yield* forEachBatch(db.scan(e), memory, (batch) => {
    for (const {a} of batch) if (!named.has(a)) found.add(a)
  })
  return Array.from(found, (attribute) => wholeAttribute(attribute))
}
