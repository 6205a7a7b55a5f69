import type {Database} from '../../engine/database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Keyword, Uuid} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import type {Kind} from './arguments.js'
import type {Draft} from './draft.js'

/** Answer of an operation: a value, or one that is read from the graph once all is written. */
export type Answer = ((db: Database) => Value) | undefined | Value

/** An operation on an outline: one that needs little time is done at once. */
export type Operation = OperationBase & ({act(draft: Draft, args: readonly Value[]): Answer | void} | {run: Run})

/** Action of an operation that takes time. */
type Run = (draft: Draft, args: readonly Value[], execution: ExecutionContext) => CooperativeTask<Answer | void>

interface OperationBase {
  /** Its answer counts: it is that of the whole call, unless a later one counts as well. */
  answers?: true
  kinds: readonly Kind[]
}

/** Operations by their names. */
export type Operations = readonly (readonly [name: string, Operation])[]

/** Returns the options of an operation; an empty map when they are nil. */
export function options(value: Value | undefined): ValueMap {
  return value instanceof ValueMap ? value : new ValueMap()
}

/** Returns the entity that a client names: by its UUID, or as older clients do by its number. */
export function one(draft: Draft, id: Value | undefined): number | undefined {
  if (typeof id !== 'number') return draft.byUuid(id as Uuid)
  return draft.db.first(id) ? id : undefined
}

/** Returns the entities that a client names, as far as they are there. */
export function some(draft: Draft, ids: Value | undefined): number[] {
  const found = Array.from(ids as Iterable<Value>, (id) => one(draft, id))
  return [...new Set(found.filter((e) => e !== undefined))]
}

/** Returns an ident: the kind of the argument says that it is one. */
export function ident(value: Value | undefined): Keyword {
  return value as Keyword
}

/** Returns maps: the kind of the argument says that there are nothing but maps. */
export function maps(value: Value | undefined): ValueMap[] {
  return [...(value as Iterable<ValueMap>)]
}
