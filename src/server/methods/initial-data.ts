import {collectDatoms, forEachBatch} from '../../engine/collect-datoms.js'
import type {Datom} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {type Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {taggedDatom} from './datoms.js'

const HIDE = keyword('logseq.property/hide?')
const NAME = keyword('block/name')
const PARENT = keyword('block/parent')
const TAGS = keyword('block/tags')
const TITLE = keyword('block/title')
const UPDATED_AT = keyword('block/updated-at')

/** The settings that a client reads first, and the value of properties that stand without one. */
const SETTINGS: readonly Keyword[] = [
  'logseq.kv/db-type',
  'logseq.kv/schema-version',
  'logseq.kv/graph-uuid',
  'logseq.kv/local-graph-uuid',
  'logseq.kv/graph-rtc-e2ee?',
  'logseq.kv/graph-remote?',
  'logseq.kv/latest-code-lang',
  'logseq.kv/graph-backup-folder',
  'logseq.kv/graph-text-embedding-model-name',
  'logseq.property/empty-placeholder',
].map((name) => keyword(name))

/** Facts that a client does without. */
const LEFT_OUT: ReadonlySet<Keyword> = new Set(
  ['block/created-at', 'block/tx-id', 'block/updated-at', 'logseq.property/created-by-ref'].map((name) =>
    keyword(name),
  ),
)

/** Maximum number of recently changed pages to send. */
const RECENT_PAGES = 15

const FAVORITES = '$$$favorites'
const OTHER_PAGES = ['contents', 'quick add', '$$$views']

/**
 * Reads the schema, and the facts that a client of Logseq wants before it shows anything: what the graph is
 * made of, its files, the favourites, and the pages that were changed last. It asks for the rest when it needs it. With
 * `:file-graph-import?` it wants all.
 */
export function* initialData(
  db: StoredDatabase,
  [opts]: [ValueMap],
  execution: ExecutionContext,
): CooperativeTask<Value> {
  const isAll = opts.get(keyword('file-graph-import?'))
  const facts: Value[] = []
  const send = function* (entity: number | undefined, leftOut?: ReadonlySet<Keyword>): CooperativeTask<void> {
    yield* forEachBatch(db.scan(entity), execution, (batch) => {
      execution.reserveRows(batch.length)
      for (const datom of batch) if (!leftOut?.has(datom.a)) facts.push(taggedDatom(datom))
    })
  }

  if (isAll === true) yield* send(undefined)
  else for (const entity of yield* chosen(db, execution)) yield* send(entity, LEFT_OUT)
  return new ValueMap([
    [keyword('schema'), db.schema],
    [keyword('initial-data'), facts],
  ])
}

/** The entities that are sent, in Logseq's order. */
function* chosen(db: StoredDatabase, execution: ExecutionContext): CooperativeTask<Set<number>> {
  const entities = new Set<number>()
  const add = (entity: Value | undefined) => {
    if (typeof entity === 'number') entities.add(entity)
  }

  for (const ident of SETTINGS) add(db.first(undefined, DB.ident, ident)?.e)
  for (const {e} of yield* tagged(db, 'logseq.class/Tag', execution)) add(e)
  for (const {e} of yield* tagged(db, 'logseq.class/Property', execution)) {
    add(e)
    add(db.first(e, keyword('logseq.property/default-value'))?.v)
  }

  for (const name of ['block/closed-value-property', 'logseq.property.user/email'])
    for (const {e} of yield* facts(db, keyword(name), execution)) add(e)
  for (const {e} of pagesNamed(db, FAVORITES)) {
    add(e)
    for (const block of db.list(undefined, PARENT, e)) add(db.first(block.e, keyword('block/link'))?.v)
    for (const block of db.list(undefined, PARENT, e)) add(block.e)
  }

  for (const page of yield* recentPages(db, execution)) add(page)
  for (const {e} of yield* facts(db, keyword('file/path'), execution)) add(e)
  for (const name of OTHER_PAGES) for (const {e} of pagesNamed(db, name)) add(e)
  return entities
}

function* facts(db: StoredDatabase, a: Keyword, execution: ExecutionContext, v?: Value): CooperativeTask<Datom[]> {
  return yield* collectDatoms(db.scan(undefined, a, v), execution)
}

function* tagged(db: StoredDatabase, ident: string, execution: ExecutionContext): CooperativeTask<Datom[]> {
  const tag = db.first(undefined, DB.ident, keyword(ident))?.e
  return tag === undefined ? [] : yield* facts(db, TAGS, execution, tag)
}

function pagesNamed(db: StoredDatabase, name: string): Datom[] {
  const first = db.first(undefined, NAME, name)
  return first === undefined ? [] : [first]
}

/** The pages that were changed last, the newest first, without those that are hidden or have no title. */
function* recentPages(db: StoredDatabase, execution: ExecutionContext): CooperativeTask<number[]> {
  const recent: {at: number; e: number}[] = []
  for (const {e} of yield* facts(db, NAME, execution)) {
    if (execution.shouldYield()) yield
    const at = db.first(e, UPDATED_AT)?.v
    const title = db.first(e, TITLE)?.v
    if (typeof at !== 'number' || typeof title !== 'string' || title.trim() === '') continue
    if (db.first(e, HIDE)?.v === true) continue
    const place = recent.findIndex((other) => other.at < at || (other.at === at && other.e < e))
    recent.splice(place === -1 ? recent.length : place, 0, {at, e})
    if (recent.length > RECENT_PAGES) recent.pop()
  }

  return recent.map(({e}) => e)
}
