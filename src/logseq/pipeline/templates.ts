import type {Datom} from '../../engine/datom.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {applyTemplate} from '../outliner/blocks/template.js'
import type {Draft} from '../outliner/draft.js'
import {ancestors, isRecycled, withParents} from '../outliner/outline.js'
import {draftOf} from './draft-of.js'

/**
 * Puts the blocks of templates under what is tagged with a class that has templates, in front of other blocks.
 * @param now in ms since 1970
 */
export function* insertTemplates(
  transaction: Transaction,
  stated: readonly Datom[],
  now: number,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const {db} = transaction
  if (!db.attributes.knows(A.templateAppliedTo) || !db.first(undefined, A.templateAppliedTo)) return
  const draft = draftOf(transaction, now)
  for (const {a, added, e, v} of stated) {
    if (execution.shouldYield()) yield
    if (!added || a !== A.tags || !draft.has(e, A.tags, v) || transaction.before.first(e, A.tags, v)) continue
    const above = new Set([e, ...ancestors(draft, e)])
    for (const template of templatesOf(draft, Number(v)))
      if (!above.has(template)) yield* applyTemplate(draft, template, e, TOP, execution)
  }
}

const TOP = new ValueMap([[keyword('top?'), true]])

function templatesOf(draft: Draft, tag: number): number[] {
  const found = [...withParents(draft, [tag])].flatMap((at) => draft.owners(A.templateAppliedTo, at))
  return [...new Set(found)].filter((template) => !isRecycled(draft, template))
}
