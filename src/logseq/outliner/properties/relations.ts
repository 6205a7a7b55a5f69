import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {objection} from '../objections.js'
import {isBuiltIn, withParents} from '../outline.js'

/** Refuses an alias that would not lead to one page. @throws ServerError `validation-error` */
export function requireAlias(draft: Draft, e: number, alias: number): void {
  if (e === alias) throw objection('page.validation/alias-self')
  if (draft.owners(A.alias, alias).some((owner) => owner !== e))
    throw objection('page.validation/alias-duplicate-owner')
  if (draft.has(alias, A.alias)) throw objection('page.validation/alias-owns-aliases')
  if (draft.owners(A.alias, e).length > 0) throw objection('page.validation/alias-source-is-alias')
}

/** Refuses what a class cannot extend. @throws ServerError `validation-error` */
export function requireExtends(draft: Draft, e: number, parent: number): void {
  if (!draft.isTagged(e, 'Tag') || !draft.isTagged(parent, 'Tag'))
    throw objection('class.validation/invalid-extends-type')
  if (isBuiltIn(draft, e)) throw objection('class.validation/built-in-extends-change')
  if (withParents(draft, [parent]).has(e)) throw objection('class.validation/extends-cycle')
}

/** Replaces the parents of a class: without the root beside others, and without a parent that another one extends already. */
export function writeExtends(draft: Draft, e: number, parents: readonly number[]): void {
  const root = draft.classId('Root')
  const needed = parents.filter(
    (parent) =>
      parents.length === 1 ||
      (parent !== root && !parents.some((other) => other !== parent && withParents(draft, [other]).has(parent))),
  )
  for (const old of draft.refs(e, A.extends)) if (!needed.includes(old)) draft.drop(e, A.extends, old)
  for (const parent of needed) draft.set(e, A.extends, parent)
}
