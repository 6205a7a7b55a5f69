import type {Keyword} from '../../../values/scalars.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {impossible, objection} from '../objections.js'
import {isBuiltIn} from '../outline.js'

/** Refuses to change what only Logseq says of something. */
export function requireEditable(ident: Keyword): void {
  if (ident === A.builtIn) throw impossible("Read-only property value shouldn't be edited")
}

/** Refuses to change what Logseq keeps for itself: properties that are not public, and hidden pages. */
export function requireNotPrivate(draft: Draft, owners: readonly number[]): void {
  for (const e of owners) {
    if (!isBuiltIn(draft, e)) continue
    const isPrivate = draft.isTagged(e, 'Property')
      ? draft.value(e, A.public) !== true
      : draft.isTagged(e, 'Page') && draft.value(e, A.hide) === true
    if (isPrivate) throw objection('block/private')
  }
}
