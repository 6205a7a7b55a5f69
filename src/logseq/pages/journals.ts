import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {byValue, collect} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'

/** The journals up to a day, the newest first. @param today 20260301 */
export function* latestJournals(
  db: StoredDatabase,
  count: number,
  today: number,
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  const days = yield* collect(byValue(db, A.journalDay), execution, ({e, v}) => (Number(v) <= today ? e : undefined))
  const found: ValueMap[] = []
  for (const e of days.reverse()) {
    if (found.length >= count) break
    const journal = entities.get(e)
    if (!entities.isRecycled(journal)) found.push(journalMap(entities, journal))
    if (execution.shouldYield()) yield
  }

  return found
}

/** The journal of a day; null if missing. @param day 20260301 */
export function journalOf(db: StoredDatabase, day: number): null | ValueMap {
  const e = db.first(undefined, A.journalDay, day)?.e
  if (e === undefined) return null
  const entities = new Entities(db)
  return journalMap(entities, entities.get(e))
}

function journalMap(entities: Entities, journal: Entity): ValueMap {
  const map = new ValueMap([
    [DB.id, journal.e],
    [A.title, entities.titleOf(journal) ?? null],
  ])
  const rawTitle = valueOf(journal, A.title)
  if (rawTitle !== undefined) map.set(A.rawTitle, rawTitle)
  for (const attribute of [A.uuid, A.name, A.journalDay]) {
    const value = valueOf(journal, attribute)
    if (value !== undefined) map.set(attribute, value)
  }

  return map
}
