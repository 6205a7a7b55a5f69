import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {eachPart, mapEach} from '../../logseq/scans.js'
import {lengthOfTyped, MAX_TYPED} from '../../logseq/search/query.js'
import {eachRow, type SearchRow} from '../../logseq/search/rows.js'
import {readAsked, searchBlocks} from '../../logseq/search/search.js'
import {ROWS_AT_ONCE, SearchError, type SearchStore, VERSION} from '../../logseq/search/store.js'
import {MAX_TITLE} from '../../logseq/search/titles.js'
import {search as specs} from '../../protocol/methods/search.js'
import {showEdn} from '../../values/edn-write.js'
import {keyword, Uuid} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {type CallContext, implement} from './method.js'
import {reading} from './reading.js'

const [ID, PAGE, TITLE] = [keyword('id'), keyword('page'), keyword('title')]
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

export const searchMethods = implement(specs, {
  'thread-api/search-blocks': {task: find},
  'thread-api/search-build-blocks-indice': reading(function* (db, _, execution) {
    const rows: ValueMap[] = []
    yield* eachRow(db, execution, (found) => {
      execution.reserveRows(found.length)
      for (const row of found) rows.push(mapOf(row))
    })
    return new List(rows)
  }),
  'thread-api/search-build-blocks-indice-in-worker': {
    answer([force], {open, search}) {
      const {db, release} = open.snapshot()
      release()
      const isForced = force !== undefined && force !== false
      return search.start(db, isForced) ? keyword('started') : VERSION
    },
  },
  'thread-api/search-delete-blocks': {
    *task([ids], call, execution) {
      const given = yield* mapEach(ids, execution, (id) => {
        const text = textOf(id)
        if (text === undefined) throw call.wrong('ids', 'UUIDs', showEdn(id))
        return text
      })
      return yield* changeInSteps(given, (store, some) => store.write([], some), call, execution)
    },
  },
  'thread-api/search-truncate-tables': {
    answer(_, {open, search}) {
      changing(open, (db) => search.index.empty(db))
      return null
    },
  },
  'thread-api/search-upsert-blocks': {
    *task([blocks], call, execution) {
      const rows = yield* mapEach(blocks, execution, (block) => {
        const row = rowOf(block)
        if (row === undefined) throw call.wrong('blocks', 'maps with :id, :page and :title', showEdn(block))
        return row
      })
      const isSearched = ({title}: SearchRow) => title.length <= MAX_TITLE
      const write = (store: SearchStore, some: readonly SearchRow[]) =>
        store.write(
          some.filter((row) => isSearched(row)),
          some.filter((row) => !isSearched(row)).map(({id}) => id),
        )
      return yield* changeInSteps(rows, write, call, execution)
    },
  },
})

function* find(
  [q, options]: [Value, ValueMap],
  {open, search, warn, wrong}: CallContext,
  execution: ExecutionContext,
): CooperativeTask<Value> {
  if (typeof q !== 'string') throw wrong('q', 'a string', showEdn(q))
  const length = lengthOfTyped(q)
  if (length > MAX_TYPED) throw wrong('q', `a string of at most ${MAX_TYPED} characters`, `one of ${length}`)
  const asked = readAsked(q, options)
  for (let isFirst = true; ; isFirst = false) {
    const store = yield* search.index.ready(
      () => open.snapshot(),
      execution,
      () => search.build(),
    )
    if (!store && search.index.state !== 'emptied')
      warn('the search index cannot be made: only titles of pages were searched')
    const {db, release} = open.snapshot()
    try {
      return yield* searchBlocks(db, isFirst ? store : undefined, asked, execution)
    } catch (error) {
      // A file that is damaged is found out when it is read: it is made anew, and then only pages are looked for.
      if (!(error instanceof SearchError)) throw error
      search.index.failed(error)
    } finally {
      release()
    }
  }
}

/** Changes rows of the index. One that is cancelled has changed the first of them. */
function* changeInSteps<T>(
  rows: readonly T[],
  change: (store: SearchStore, some: readonly T[]) => void,
  {open, search}: CallContext,
  execution: ExecutionContext,
): CooperativeTask<null> {
  yield* eachPart(rows, ROWS_AT_ONCE, execution, (some) =>
    changing(open, (db) => search.index.change((store) => change(store, some), db)),
  )
  return null
}

function changing(
  open: CallContext['open'],
  work: (db: ReturnType<CallContext['open']['snapshot']>['db']) => void,
): void {
  const {db, release} = open.snapshot()
  try {
    work(db)
  } finally {
    release()
  }
}

function mapOf({id, page, title}: SearchRow): ValueMap {
  return new ValueMap([
    [ID, id],
    [PAGE, page],
    [TITLE, title],
  ])
}

function rowOf(block: Value): SearchRow | undefined {
  if (!(block instanceof ValueMap)) return undefined
  const [id, page, title] = [textOf(block.get(ID)), textOf(block.get(PAGE)), block.get(TITLE)]
  return id === undefined || page === undefined || typeof title !== 'string' ? undefined : {id, page, title}
}

function textOf(id: undefined | Value): string | undefined {
  if (id instanceof Uuid) return id.text
  return typeof id === 'string' && UUID.test(id) ? id.toLowerCase() : undefined
}
