import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {keyword} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {journalDay} from '../../journal-title.js'
import {deleteTree} from '../blocks/delete.js'
import type {Draft} from '../draft.js'
import {children, isBuiltIn, isRecycled} from '../outline.js'
import {recycle} from './recycle.js'

/**
 * Deletes a page: it goes to the recycle bin, with its blocks. A class or a property is gone for good, and of the journal of
 * today only the blocks go.
 * @returns undefined when there is no such page; false when it cannot be deleted
 */
export function* deletePage(
  draft: Draft,
  e: number | undefined,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<undefined | Value> {
  if (e === undefined) return undefined
  if (isBuiltIn(draft, e) || draft.value(e, A.hide) === true || isRecycled(draft, e)) return false
  if (draft.value(e, A.journalDay) === journalDay(new Date(draft.now))) {
    for (const block of yield* children(draft, e, execution)) yield* deleteTree(draft, block.e, execution)
    return new ValueMap([[keyword('truncated?'), true]])
  }

  if (draft.isTagged(e, 'Property')) yield* deleteProperty(draft, e, execution)
  else if (draft.isTagged(e, 'Tag')) yield* deleteClass(draft, e, execution)
  else if (draft.db.attributes.knows(A.deletedAt)) yield* recycle(draft, e, options, execution)
  else yield* deleteTree(draft, e, execution)
  return true
}

/** Classes that extended it extend the root, where they extended nothing else. */
function* deleteClass(draft: Draft, e: number, execution: ExecutionContext): CooperativeTask<void> {
  const root = draft.classId('Root')
  for (const child of draft.owners(A.extends, e)) {
    if (execution.shouldYield()) yield
    draft.drop(child, A.extends, e)
    if (root !== undefined && !draft.has(child, A.extends)) draft.set(child, A.extends, root)
  }

  yield* deleteTree(draft, e, execution)
}

/** Its values go with it, on whatever they are. */
function* deleteProperty(draft: Draft, e: number, execution: ExecutionContext): CooperativeTask<void> {
  const ident = draft.identOf(e)
  if (ident !== undefined) {
    for (const {e: owner} of draft.db.list(undefined, ident)) {
      if (execution.shouldYield()) yield
      draft.drop(owner, ident)
    }
  }

  for (const value of draft.owners(A.createdFrom, e)) yield* deleteTree(draft, value, execution)
  yield* deleteTree(draft, e, execution)
}
