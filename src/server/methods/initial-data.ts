import type {Datom} from '../../engine/datom.js'
import type {Facts} from '../../engine/facts.js'
import type {Pace, Task} from '../../engine/task.js'
import {type Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import type {Arguments} from './arguments.js'
import {taggedDatom} from './datoms.js'

const IDENT = keyword('db/ident')
const JOURNAL_DAY = keyword('block/journal-day')
const LINK = keyword('block/link')
const NAME = keyword('block/name')
const PARENT = keyword('block/parent')

/** What every entity with one of these belongs to: properties, classes and settings; their choices; the files. */
const ALWAYS: readonly Keyword[] = [IDENT, keyword('block/closed-value-property'), keyword('file/path')]

/** The hidden pages that hold what a client shows around the pages: favourites, and views of tables. */
const HIDDEN_PAGES = ['$$$favorites', '$$$views']

/**
 * `[repo opts]`: the schema, and the facts that a client wants before it shows anything: what the graph is made of, its
 * files, the favourites and views, and the last journal. It asks for the rest when it needs it.
 */
export function* initialData(db: Facts, args: Arguments, pace: Pace): Task<Value> {
  args.optionalMap(1, 'opts')
  const entities = new Set<number>()
  for (const attribute of ALWAYS) yield* addAll(db, attribute, entities, pace)
  for (const name of HIDDEN_PAGES) addPage(db, name, entities)
  yield* addLastJournal(db, entities, pace)

  const facts: Value[] = []
  for (const entity of entities) {
    const found = db.list(entity)
    pace.hold(found.length)
    facts.push(...found.map((datom) => taggedDatom(datom)))
    if (pace.due()) yield
  }

  return new ValueMap([
    [keyword('schema'), db.schema],
    [keyword('initial-data'), facts],
  ])
}

function* addAll(db: Facts, attribute: Keyword, entities: Set<number>, pace: Pace): Task<void> {
  const cursor = db.scan(undefined, attribute)
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const {e} of batch) entities.add(e)
    if (pace.due()) yield
  }
}

function addPage(db: Facts, name: string, entities: Set<number>): void {
  const page = db.first(undefined, NAME, name)?.e
  if (page === undefined) return
  entities.add(page)
  for (const {e} of db.list(undefined, PARENT, page)) {
    entities.add(e)
    const link = db.first(e, LINK)?.v
    if (typeof link === 'number') entities.add(link)
  }
}

function* addLastJournal(db: Facts, entities: Set<number>, pace: Pace): Task<void> {
  const today = dayNumber(new Date())
  let last: Datom | undefined
  const cursor = db.scan(undefined, JOURNAL_DAY)
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const datom of batch) if (Number(datom.v) <= today && !(Number(last?.v) >= Number(datom.v))) last = datom
    if (pace.due()) yield
  }

  if (last) entities.add(last.e)
}

/** A day as Logseq counts it: 20260131. */
function dayNumber(date: Date): number {
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate()
}
