import {ServerError} from '../../lib/errors.js'
import {type Value, ValueMap} from '../../values/types.js'
import {unknownAttribute} from '../attributes.js'
import type {Database} from '../database.js'
import {DB} from '../idents.js'
import {invalidQuery} from '../invalid-query.js'
import type {MemoryAccountant} from '../memory-accountant.js'
import type {CooperativeTask} from '../task.js'
import type {SelectedAttribute, Selector} from './selector.js'
import {valuesOf, withAll} from './values.js'

/** Maximum nesting of results: a result of twice as many nested maps and vectors can still be written. */
const MAX_DEPTH = 400

/** The way down to an entity. */
export interface Path {
  depth: number
  /** Number of levels that each recursive attribute may still descend. */
  levels: ReadonlyMap<SelectedAttribute, number>
  /** Entities reached by attributes of unlimited recursion: the pull stops when one of them occurs again. */
  seen: undefined | {e: number; up: Path['seen']}
}

const TOP: Path = {depth: 0, levels: new Map(), seen: undefined}

const EVERYTHING: Selector = {attributes: [], wildcard: true}

/**
 * Pulls what a selector names of an entity, as a map.
 * @returns null when that is nothing
 * @throws ServerError `query-too-large` when it nests too deep
 */
export function* pullEntity(
  db: Database,
  selector: Selector,
  e: number,
  {memory, path = TOP}: {memory: MemoryAccountant; path?: Path},
): CooperativeTask<null | ValueMap> {
  if (path.depth > MAX_DEPTH)
    throw new ServerError('query-too-large', `the result would nest more than ${MAX_DEPTH} entities deep`)
  const map = new ValueMap()
  if (selector.wildcard) {
    map.set(DB.id, e)
    for (const attribute of yield* withAll(db, selector, e, memory)) yield* pullAttribute(attribute)
  }

  for (const attribute of selector.attributes) yield* pullAttribute(attribute)
  memory.countRows(1)
  return map.size === 0 ? null : map

  function* pullAttribute(attribute: SelectedAttribute): CooperativeTask<void> {
    const value = attribute.attribute === DB.id ? e : yield* valueOf(attribute)
    if (value !== undefined) map.set(attribute.as, value)
    if (memory.shouldYield()) yield
  }

  function* valueOf(selected: SelectedAttribute): CooperativeTask<undefined | Value> {
    const {attribute, reverse} = selected
    const isRef = db.attributes.isRef(attribute)
    if (!isRef && (reverse || selected.of || selected.recursion !== undefined)) {
      const unknown = unknownAttribute(db, attribute)
      throw unknown === undefined
        ? invalidQuery('a nested or reverse selection needs an attribute that refers to entities, got', attribute)
        : invalidQuery(unknown)
    }

    const values = yield* valuesOf(db, selected, e, memory)
    if (values.length === 0) return selected.default ?? undefined
    const pulled: Value[] = []
    for (const value of values) {
      const one = isRef ? yield* pullRef(selected, value as number) : value
      if (one !== null) pulled.push(one)
    }

    if (pulled.length === 0) return undefined
    const many = reverse ? !db.attributes.isComponent(attribute) : db.attributes.isMany(attribute)
    return many ? pulled : pulled[0]
  }

  function* pullRef(selected: SelectedAttribute, id: number): CooperativeTask<null | ValueMap> {
    const down = {...path, depth: path.depth + 1}
    if (selected.of) return yield* pullEntity(db, selected.of, id, {memory, path: down})
    const {recursion} = selected
    if (recursion === undefined && (selected.reverse || !db.attributes.isComponent(selected.attribute))) return stub(id)
    if (isSeen(path.seen, id)) return stub(id)
    const seen = {e: id, up: path.seen}
    if (recursion === undefined) return yield* pullEntity(db, EVERYTHING, id, {memory, path: {...down, seen}})
    const left = path.levels.get(selected) ?? recursion
    if (left === 0) return null
    const levels = new Map(path.levels).set(selected, left - 1)
    return yield* pullEntity(db, selector, id, {memory, path: {...down, levels, seen}})
  }
}

function stub(e: number): ValueMap {
  return new ValueMap([[DB.id, e]])
}

function isSeen(seen: Path['seen'], e: number): boolean {
  for (let at = seen; at; at = at.up) if (at.e === e) return true
  return false
}
