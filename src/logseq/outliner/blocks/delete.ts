import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {objection} from '../objections.js'
import {descendants, isBuiltIn, isPage, topmost} from '../outline.js'

/**
 * Deletes blocks with all that is below them. A page only loses its place.
 * @throws ServerError `validation-error` for what is Logseq's own
 */
export function* deleteBlocks(
  draft: Draft,
  entities: readonly number[],
  execution: ExecutionContext,
): CooperativeTask<void> {
  if (entities.some((e) => isBuiltIn(draft, e))) throw objection('node/built-in-cant-delete-error')
  for (const top of topmost(draft, entities)) {
    if (execution.shouldYield()) yield
    if (isPage(draft, top)) for (const a of [A.parent, A.order, A.page]) draft.drop(top, a)
    else yield* deleteTree(draft, top, execution)
  }
}

/** Deletes an entity with all that is below it. */
export function* deleteTree(draft: Draft, top: number, execution: ExecutionContext): CooperativeTask<void> {
  leaveDefault(draft, top)
  for (const e of (yield* descendants(draft, top, execution)).toReversed()) yield* draft.remove(e, execution)
  yield* draft.remove(top, execution)
}

/** Marks a property with a default as empty where its only value is deleted, so that the default does not come back. */
function leaveDefault(draft: Draft, value: number): void {
  const property = draft.ref(value, A.createdFrom)
  const ident = property === undefined ? undefined : draft.identOf(property)
  const empty = draft.byIdent(A.emptyValue)
  if (property === undefined || ident === undefined || empty === undefined) return
  if (!draft.has(property, A.defaultValue) || !draft.db.attributes.isRef(ident)) return
  for (const owner of draft.owners(ident, value))
    if (draft.values(owner, ident).length === 1) draft.set(owner, ident, empty)
}
