import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {List, type ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {byValue, collect} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {isSet, isSetOrAbsent, momentOf} from './options.js'
import {basicRow, titleRow, uuidText, withIdent} from './rows.js'

const INCLUDE_JOURNAL = keyword('include-journal')

/**
 * Lists pages, journals, classes and properties in the order of their names.
 * @param options `:expand :include-hidden :include-built-in :include-journal :journal-only :created-after :updated-after`
 */
export function* listPages(db: StoredDatabase, options: ValueMap, execution: ExecutionContext): CooperativeTask<List> {
  const entities = new Entities(db)
  const isExpanded = isSet(options, 'expand')
  const isWanted = filterOf(entities, options)
  const rows = yield* collect(byValue(db, A.name), execution, ({e}) => {
    const entity = entities.get(e)
    if (!isWanted(entity)) return undefined
    const row = withIdent(basicRow(entities, entity), entity)
    if (isExpanded) return row.set(A.uuid, uuidText(entity))
    const type = valueOf(entity, A.type)
    return type === undefined ? row : row.set(A.type, type)
  })
  return new List(rows)
}

/**
 * Lists pages for plugins: title and UUID, and with `:expand` their times.
 * @param withRecycled true if recycled pages are listed Clients of the lock era know no recycle bin
 */
export function* listPagesForPlugins(
  db: StoredDatabase,
  options: ValueMap,
  {execution, withRecycled}: {execution: ExecutionContext; withRecycled: boolean},
): CooperativeTask<List> {
  const entities = new Entities(db)
  const isExpanded = isSet(options, 'expand')
  const rows = yield* collect(byValue(db, A.name), execution, ({e}) => {
    const entity = entities.get(e)
    if (withRecycled ? valueOf(entity, A.hide) === true : entities.isHidden(entity)) return undefined
    const row = titleRow(entities, entity)
    if (!isExpanded) return row
    for (const attribute of [A.createdAt, A.updatedAt]) row.set(attribute, valueOf(entity, attribute) ?? null)
    return row
  })
  return new List(rows)
}

function filterOf(entities: Entities, options: ValueMap): (entity: Entity) => boolean {
  const withBuiltIn = isSetOrAbsent(options, 'include-built-in')
  const withHidden = isSet(options, 'include-hidden')
  const onlyJournals = isSet(options, 'journal-only')
  const withJournals = onlyJournals || options.get(INCLUDE_JOURNAL) !== false
  const createdAfter = momentOf(options.get(keyword('created-after')))
  const updatedAfter = momentOf(options.get(keyword('updated-after')))
  return (entity) => {
    const isJournal = entities.isTagged(entity, 'Journal')
    return (
      (isJournal ? withJournals : !onlyJournals) &&
      (withBuiltIn || valueOf(entity, A.builtIn) !== true) &&
      isLater(valueOf(entity, A.createdAt), createdAfter) &&
      isLater(valueOf(entity, A.updatedAt), updatedAfter) &&
      (withHidden || !entities.isHidden(entity))
    )
  }
}

function isLater(moment: unknown, after: number | undefined): boolean {
  return after === undefined || (typeof moment === 'number' && moment > after)
}
