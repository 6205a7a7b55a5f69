import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {Keyword} from '../../../values/scalars.js'
import type {Value} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {deleteTree} from '../blocks/delete.js'
import type {Draft} from '../draft.js'
import {objection} from '../objections.js'
import {classesOf, isOffered, withParents} from '../outline.js'
import {requireNoPrivateTags, requireUntaggable} from '../tags.js'
import {requireEditable, requireNotPrivate} from './guards.js'
import {type Property, readProperty} from './property.js'

/** Properties that an asset must have. */
const REQUIRED: ReadonlySet<Keyword> = new Set([A.assetChecksum, A.assetSize, A.assetType])

/** Properties that Logseq cannot work without. */
const PROTECTED: ReadonlySet<Keyword> = new Set([A.journalFormat])

/** Properties of a task, beside its status. */
const OF_TASKS = [A.deadline, A.priority, A.scheduled]

/** Takes a property away from blocks. Nothing happens where it is not set. @throws ServerError `validation-error` or `invalid-transaction` */
export function* removeProperty(
  draft: Draft,
  owners: readonly number[],
  ident: Keyword,
  execution: ExecutionContext,
): CooperativeTask<void> {
  requireEditable(ident)
  if (REQUIRED.has(ident)) throw objection('property.validation/cant-remove-required')
  if (PROTECTED.has(ident)) throw objection('property.validation/protected')
  const property = readProperty(draft, ident)
  if (property === undefined) return
  const all = new Set(owners)
  for (const e of all) {
    if (execution.shouldYield()) yield
    if (draft.has(e, ident)) yield* removeFrom(draft, e, property, all, execution)
  }
}

/** As `removeProperty`, of many blocks at once: not of those that Logseq keeps for itself. */
export function* batchRemoveProperty(
  draft: Draft,
  owners: readonly number[],
  ident: Keyword,
  execution: ExecutionContext,
): CooperativeTask<void> {
  if (!REQUIRED.has(ident) && !PROTECTED.has(ident)) requireNotPrivate(draft, owners)
  yield* removeProperty(draft, owners, ident, execution)
}

function* removeFrom(
  draft: Draft,
  e: number,
  property: Property,
  all: ReadonlySet<number>,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const {ident} = property
  if (ident === A.tags) requireNoPrivateTags(draft, e)
  if (ident === A.extends) return resetExtends(draft, e)
  const value = draft.value(e, ident)
  const empty = draft.byIdent(A.emptyValue)
  if (leavesEmpty(draft, e, property) && empty !== undefined && draft.db.attributes.isRef(ident))
    draft.set(e, ident, empty)
  else draft.drop(e, ident)
  if (ident === A.status && !draft.has(e, ident)) draft.drop(e, A.tags, draft.classId('Task') ?? -1)
  if (!property.isMany && typeof value === 'number') yield* dropUnused(draft, value, property, all, execution)
}

function resetExtends(draft: Draft, e: number): void {
  const root = draft.classId('Root')
  draft.drop(e, A.extends)
  if (root !== undefined) draft.set(e, A.extends, root)
}

/** Returns true if the property has to be marked as empty: a class offers it, and its default would come back. */
function leavesEmpty(draft: Draft, e: number, {e: property, ident}: Property): boolean {
  const task = draft.classId('Task')
  const tags = draft.refs(e, A.tags).filter((tag) => tag !== task)
  const offered = isOffered(draft, withParents(draft, tags), property)
  if (ident !== A.status) return draft.has(property, A.defaultValue) && isOffered(draft, classesOf(draft, e), property)
  return offered || OF_TASKS.some((other) => draft.has(e, other))
}

/** Deletes the block of a value that no other entity has. */
function* dropUnused(
  draft: Draft,
  value: number,
  {e, ident}: Property,
  all: ReadonlySet<number>,
  execution: ExecutionContext,
): CooperativeTask<void> {
  if (draft.ref(value, A.createdFrom) !== e || draft.has(value, A.choiceOf)) return
  if (draft.has(value, A.builtIn, true)) return
  const users = draft.owners(ident, value).filter((owner) => !all.has(owner))
  const defaults = draft.owners(A.defaultValue, value)
  if (users.length === 0 && defaults.length === 0) yield* deleteTree(draft, value, execution)
}

/** Takes one value of a property of many values away from blocks. @param given its entity or ident */
export function* deleteValue(
  draft: Draft,
  owners: readonly number[],
  ident: Keyword,
  given: Value,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const property = readProperty(draft, ident)
  if (property === undefined || !property.isMany) return
  const value = given instanceof Keyword && draft.db.attributes.isRef(ident) ? (draft.byIdent(given) ?? given) : given
  for (const e of owners) {
    if (execution.shouldYield()) yield
    if (!draft.has(e, ident, value)) continue
    if (ident === A.tags && typeof value === 'number') requireUntaggable(draft, e, value)
    draft.drop(e, ident, value)
    if (ident === A.extends && !draft.has(e, ident)) resetExtends(draft, e)
  }
}
