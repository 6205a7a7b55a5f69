import type {Keyword} from '../../../values/scalars.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {impossible} from '../objections.js'
import {isBuiltIn} from '../outline.js'

/** Adds a property to a class. @throws ServerError `invalid-transaction` for what is not a class */
export function addClassProperty(draft: Draft, e: number | undefined, ident: Keyword): void {
  if (e === undefined) return
  if (!draft.isTagged(e, 'Tag')) throw impossible("Can't add a property to a block that isn't a class")
  const property = draft.byIdent(ident)
  if (property !== undefined && draft.isTagged(property, 'Property')) draft.set(e, A.classProperties, property)
}

/** Removes a property from a class. A class of Logseq's own keeps the properties that Logseq gave it. */
export function removeClassProperty(draft: Draft, e: number | undefined, ident: Keyword): void {
  const property = draft.byIdent(ident)
  if (e === undefined || property === undefined || !draft.isTagged(e, 'Tag')) return
  if (isBuiltIn(draft, e) && isBuiltIn(draft, property)) return
  draft.drop(e, A.classProperties, property)
}
