import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import type {Keyword} from '../../../values/scalars.js'
import type {Value} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {writeTitle} from '../blocks/save.js'
import type {Draft} from '../draft.js'
import {impossible, objection} from '../objections.js'
import {classesOf, isOffered, isPage} from '../outline.js'
import {requireTaggable} from '../tags.js'
import {requireEditable, requireNotPrivate} from './guards.js'
import {type Property, readProperty} from './property.js'
import {requireAlias, requireExtends, writeExtends} from './relations.js'
import {removeProperty} from './remove.js'
import {invalidValue, type Manner, NO_VALUE, severalOf, storedValue} from './values.js'

/** Properties of tasks: a block with one is a task. */
const OF_TASKS: ReadonlySet<Keyword> = new Set([A.deadline, A.scheduled, A.status])

/** Sets a property of one block; nil takes it away. @throws ServerError `invalid-transaction` or `validation-error` */
export function* setBlockProperty(
  draft: Draft,
  e: number | undefined,
  ident: Keyword,
  given: Value,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const property = readProperty(draft, ident)
  if (e === undefined || property === undefined)
    throw impossible("Set block property failed: block or property doesn't exist")
  requireEditable(ident)
  if (given === null) return yield* removeProperty(draft, [e], ident, execution)
  if (severalOf(given) !== undefined && property.isMany) throw invalidValue(draft, property, given)
  const value = storedValue(draft, property, e, given, {isEntity: false, mayCopy: false})
  if (value === NO_VALUE) return
  if (ident.namespace !== 'block') draft.set(e, A.updatedAt, draft.now)
  write(draft, e, property, [value], false)
}

/**
 * Sets a property of several blocks, of those that there are. A vector or set takes the place of all values that there were.
 * @throws ServerError `invalid-transaction` or `validation-error`
 */
export function* batchSetProperty(
  draft: Draft,
  owners: readonly number[],
  ident: Keyword,
  given: Value,
  {isEntity, execution}: {isEntity: boolean; execution: ExecutionContext},
): CooperativeTask<void> {
  const property = readProperty(draft, ident)
  if (property === undefined) throw impossible(`Property ${ident} doesn't exist yet`)
  requireEditable(ident)
  if (given === null) return yield* removeProperty(draft, owners, ident, execution)
  requireNotPrivate(draft, owners)
  if (ident === A.alias && owners.length > 1) throw objection('page.validation/alias-batch-multiple-owners')
  const several = property.isMany ? severalOf(given) : undefined
  const manner = {isEntity, mayCopy: true}
  const shared = owners.length === 0 && property.type === 'number' ? [undefined] : owners
  for (const e of shared) {
    if (execution.shouldYield()) yield
    const values = (several ?? [given]).map((item) => required(draft, property, e, item, manner))
    if (e === undefined) continue
    write(draft, e, property, values, several !== undefined)
    draft.set(e, A.updatedAt, draft.now)
  }
}

function required(draft: Draft, property: Property, e: number | undefined, given: Value, manner: Manner): Value {
  const value = storedValue(draft, property, e, given, manner)
  if (value === NO_VALUE) throw impossible('Property value must be not nil')
  return value
}

/** Gives an entity values of a property, with what follows from that. */
function write(draft: Draft, e: number, property: Property, values: readonly Value[], replaces: boolean): void {
  const {ident, isMany} = property
  for (const value of values) requireAllowed(draft, e, ident, value)
  if (ident === A.extends) return writeExtends(draft, e, values as number[])
  if (ident === A.title && isPage(draft, e)) return writeTitle(draft, e, values[0]!)
  if (isMany && replaces) for (const old of draft.values(e, ident)) if (!values.includes(old)) draft.drop(e, ident, old)
  for (const value of values) draft.set(e, ident, value)
  if (OF_TASKS.has(ident)) addTag(draft, e, 'Task', property.e)
  if (ident === A.templateAppliedTo) addTag(draft, e, 'Template', property.e)
}

function requireAllowed(draft: Draft, e: number, ident: Keyword, value: Value): void {
  if (typeof value !== 'number') return
  switch (ident) {
    case A.tags:
      requireTaggable(draft, e, value)
      break

    case A.alias:
      requireAlias(draft, e, value)
      break

    case A.extends:
      requireExtends(draft, e, value)
      break

    // No default
  }
}

/** Tags an entity with the class of its property, unless another of its classes has the property as well. */
function addTag(draft: Draft, e: number, name: string, property: number): void {
  const tag = draft.classId(name)
  if (tag !== undefined && !isOffered(draft, classesOf(draft, e), property)) draft.set(e, A.tags, tag)
}
