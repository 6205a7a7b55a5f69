import type {Value, ValueMap} from '../../values/types.js'
import type {Database} from '../database.js'
import {MemoryAccountant} from '../memory-accountant.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {pullEntity} from './entity.js'
import {parseSelector} from './parse.js'

/**
 * Takes what a selector names of one entity.
 * @param selector EDN text or a form
 * @param id the entity's number, ident, or lookup ref
 * @returns null when there is no such entity, or nothing of what is selected
 * @throws ServerError `invalid-query`, `invalid-entity-id`, `query-too-large`
 */
export function* runPull(
  db: Database,
  selector: Value,
  id: Value,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  const parsed = parseSelector(selector)
  const e = db.entid(id)
  if (e === undefined) return null
  return yield* pullEntity(db, parsed, e, {memory: new MemoryAccountant(execution)})
}
