import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword, Uuid} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {byValue} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {containedPattern, fullText, hasWords, lettersPattern} from './query.js'
import {type Marking, resultOf} from './results.js'
import type {SearchRow} from './rows.js'
import {score} from './score.js'
import type {Bounds, SearchStore} from './store.js'

/** Default, and maximum, number of results. */
const LIMIT = 100
const MAX_LIMIT = 1000

/** Maximum number of rows of one kind to check. */
const MAX_ROWS = 1000

/** Factor for pages: people look for pages more often than for blocks. */
const PAGE_BONUS = 2.02
const TAG_BONUS = 0.01

const CODE_TAG = 'Code-block'

/** A search that a client requests. */
export interface Asked {
  isBuiltInIncluded: boolean
  isCodeOnly: boolean
  isPageOnly: boolean
  limit: number
  page: string | undefined
  typed: string
  withCount: boolean
  withMarks: boolean
}

/** Reads the options of a search as Logseq's clients send them. */
export function readAsked(typed: string, options: ValueMap): Asked {
  const get = (name: string) => options.get(keyword(name)) ?? null
  const says = (name: string) => get(name) !== null && get(name) !== false
  const [limit, page] = [get('limit'), get('page')]
  return {
    isBuiltInIncluded: says('built-in?'),
    isCodeOnly: says('code-only?'),
    isPageOnly: says('page-only?'),
    limit: typeof limit === 'number' && limit >= 0 ? Math.min(Math.floor(limit), MAX_LIMIT) : LIMIT,
    page: page instanceof Uuid ? page.text : typeof page === 'string' ? page.toLowerCase() : undefined,
    typed,
    withCount: says('include-matched-count?'),
    withMarks: get('enable-snippet?') !== false,
  }
}

/**
 * Finds pages and blocks by their titles: pages that have what was typed first, then what fits best.
 * @param store the index; undefined if missing: then only pages are found
 * @returns null when nothing was typed
 */
export function* searchBlocks(
  db: StoredDatabase,
  store: SearchStore | undefined,
  asked: Asked,
  execution: ExecutionContext,
): CooperativeTask<Value> {
  if (asked.typed.trim() === '') return null
  const entities = new Entities(db)
  const found = new Map<number, Marking | undefined>()
  for (const e of yield* pagesWith(entities, asked, execution)) found.set(e, first(asked))
  for (const {e, marking} of yield* ranked(entities, candidates(store, asked), {asked, found}, execution))
    found.set(e, marking)
  const shown = [...found].slice(0, asked.limit)
  const items = new List(
    shown.map(([e, marking]) =>
      resultOf(entities, entities.get(e), {marking: asked.withMarks ? marking : undefined, typed: asked.typed}),
    ),
  )
  if (!asked.withCount) return items
  return new ValueMap([
    [keyword('items'), items],
    [keyword('matched-count'), found.size],
  ])
}

/** Pages whose title has what was typed, by their names: as they are now, whatever the index has. */
function* pagesWith(entities: Entities, asked: Asked, execution: ExecutionContext): CooperativeTask<number[]> {
  if (asked.page !== undefined || asked.isCodeOnly) return []
  const typed = asked.typed.trim().toLowerCase()
  const found: number[] = []
  const hasOtherTitles = entities.namesJournalsByTitle ? () => false : (e: number) => entities.db.first(e, A.journalDay)
  const cursor = byValue(entities.db, A.name)
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const {e, v} of batch) {
      // The name of a page is its title in lower case, but for journals whose titles have a form of the graph's own.
      if (!String(v).includes(typed) && !hasOtherTitles(e)) continue
      if (found.length === MAX_ROWS) return found
      const page = entities.get(e)
      const title = entities.titleOf(page)?.toLowerCase()
      if (title?.includes(typed) && isWanted(entities, page, asked) && valueOf(page, A.hide) !== true) found.push(e)
    }

    if (execution.shouldYield()) yield
  }

  return found
}

interface Candidate {
  marking: Marking | undefined
  row: SearchRow
}

/** Rows of the index, in the order in which they are looked for; of those that fit as well, the earlier come first. */
function candidates(store: SearchStore | undefined, asked: Asked): Map<string, Candidate> {
  const all = new Map<string, Candidate>()
  if (!store) return all
  const bounds: Bounds = {limit: MAX_ROWS, page: asked.page}
  const typed = asked.typed.trim()
  const add = (rows: SearchRow[], marking: Marking | undefined) => {
    for (const row of rows) if (!all.has(row.id)) all.set(row.id, {marking, row})
  }

  const text = fullText(typed)
  const matching = text ? store.matching(text.expression, bounds) : []
  if (text) add(matching, {all: true, words: text.words})
  const several = hasWords(typed)
  if (!several) add(store.equalTo(typed, bounds), first(asked))
  if (several && matching.length > 0) return all
  if (!text) add(store.like(containedPattern(typed), bounds), first(asked))
  // If enough titles have the whole text, titles with its letters alone are not shown.
  if (all.size < MAX_ROWS) add(store.like(lettersPattern(typed), bounds), first(asked))
  return all
}

/** Row with the highest rank it can have: only its entity shows whether it is a page, and has tags. */
interface Scored extends Candidate {
  highest: number
  /** Position among the candidates. */
  position: number
  score: number
}

/** Entity of a row. */
interface Ranked {
  e: number
  marking: Marking | undefined
  position: number
  rank: number
}

/** Number of rows that are looked up before it is considered whether more are needed. */
const ROWS_AT_ONCE = 100

/**
 * Looks up what rows stand for, beginning with those that may rank highest, until no other row can be among the results.
 * @returns what is not found yet, sorted by rank
 */
function* ranked(
  entities: Entities,
  rows: ReadonlyMap<string, Candidate>,
  {asked, found}: {asked: Asked; found: ReadonlyMap<number, unknown>},
  execution: ExecutionContext,
): CooperativeTask<Ranked[]> {
  const needed = asked.withCount ? Number.POSITIVE_INFINITY : asked.limit - found.size
  const scored = Array.from(rows.values(), (candidate, position) => scoredRow(candidate, position, asked))
  scored.sort((a, b) => b.highest - a.highest)
  const ranks: Ranked[] = []
  for (const [i, {highest, marking, position, row, score: own}] of scored.entries()) {
    if (execution.shouldYield()) yield
    if (i % ROWS_AT_ONCE === 0 && ranks.length >= needed) {
      ranks.sort(byRank)
      if (needed <= 0 || highest < ranks[needed - 1]!.rank) break
    }

    execution.reserveRows(1)
    // The index is not trusted: each hit has to be in the graph.
    const e = entities.db.first(undefined, A.uuid, new Uuid(row.id))?.e
    if (e === undefined || found.has(e)) continue
    const entity = entities.get(e)
    if (entities.isHidden(entity) || !isWanted(entities, entity, asked)) continue
    const bonus = (entities.isPage(entity) ? PAGE_BONUS : 0) + (isTold(entities, entity) ? TAG_BONUS : 0)
    ranks.push({e, marking, position, rank: own + bonus})
  }

  return ranks.sort(byRank)
}

function scoredRow({marking, row}: Candidate, position: number, {typed}: Asked): Scored {
  const own = score(typed, row.title)
  return {highest: own + (row.id === row.page ? PAGE_BONUS : TAG_BONUS), marking, position, row, score: own}
}

function byRank(a: Ranked, b: Ranked): number {
  return b.rank - a.rank || a.position - b.position
}

/** Returns true if an entity has a tag that says more than that it is a page. */
function isTold(entities: Entities, entity: Entity): boolean {
  return !entities.isPage(entity) && entity.facts.has(A.tags)
}

function isWanted(entities: Entities, entity: Entity, asked: Asked): boolean {
  if (asked.isPageOnly && !entities.isPage(entity)) return false
  if (asked.isCodeOnly && !entities.isTagged(entity, CODE_TAG)) return false
  return asked.isBuiltInIncluded || !isBuiltIn(entities, entity)
}

/** Returns true for an entity that Logseq itself put into the graph, and for property values on such a page. */
function isBuiltIn(entities: Entities, entity: Entity): boolean {
  if (valueOf(entity, A.builtIn) === true) return true
  const page = valueOf(entity, A.page)
  return typeof page === 'number' && entity.facts.has(A.createdFrom) && valueOf(entities.get(page), A.builtIn) === true
}

function first({typed}: Asked): Marking {
  return {all: false, words: [typed.trim()]}
}
