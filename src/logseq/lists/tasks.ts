import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {List, type ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {collect} from '../scans.js'
import {identIn} from './options.js'
import {basicRow} from './rows.js'

/**
 * Lists pages and blocks that are tagged as tasks, in the order of their numbers.
 * @param options `:status :priority` (idents), `:content` (part of the title, whatever the case)
 */
export function* listTasks(db: StoredDatabase, options: ValueMap, execution: ExecutionContext): CooperativeTask<List> {
  const entities = new Entities(db)
  const tag = entities.classId('Task')
  if (tag === undefined) return new List([])
  const wantedStatus = identIn(options.get(keyword('status')))
  const wantedPriority = identIn(options.get(keyword('priority')))
  const given = options.get(keyword('content'))
  const content = typeof given === 'string' ? given.toLowerCase() : ''
  const rows = yield* collect(db.scan(undefined, A.tags, tag), execution, ({e}) => {
    const entity = entities.get(e)
    const status = entities.identAt(entity, A.status)
    const priority = entities.identAt(entity, A.priority)
    if (wantedStatus !== undefined && status !== wantedStatus) return undefined
    if (wantedPriority !== undefined && priority !== wantedPriority) return undefined
    if (content !== '' && !(entities.titleOf(entity) ?? '').toLowerCase().includes(content)) return undefined
    return basicRow(entities, entity)
      .set(A.status, status)
      .set(A.priority, priority)
      .set(A.scheduled, entities.valueOf(entity, A.scheduled) ?? null)
      .set(A.deadline, entities.valueOf(entity, A.deadline) ?? null)
  })
  return new List(rows)
}
