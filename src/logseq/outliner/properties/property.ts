import {DB} from '../../../engine/idents.js'
import {Keyword} from '../../../values/scalars.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {inOrder, isBuiltIn} from '../outline.js'

/** Types whose values are entities of their own kind: what a client sends is not stored as it is. */
export const REF_TYPES: ReadonlySet<string> = new Set([
  'asset',
  'class',
  'date',
  'default',
  'entity',
  'node',
  'number',
  'page',
  'property',
  'url',
])

/** Facts of a property for operations. */
export interface Property {
  /** Values to choose from, in their order. */
  choices: readonly number[]
  e: number
  ident: Keyword
  isMany: boolean
  isPublic: boolean
  title: string
  type: string
}

/** Reads a property of a graph. @returns undefined when it has none of that ident */
export function readProperty(draft: Draft, ident: Keyword): Property | undefined {
  const e = draft.byIdent(ident)
  if (e === undefined || !draft.isTagged(e, 'Property')) return undefined
  const type = draft.value(e, A.type)
  return {
    choices: inOrder(draft, draft.owners(A.choiceOf, e)),
    e,
    ident,
    isMany: draft.value(e, DB.cardinality) === DB.many,
    isPublic: !isBuiltIn(draft, e) || draft.value(e, A.public) === true,
    title: draft.text(e, A.title) ?? ident.name,
    type: type instanceof Keyword ? type.fqn : 'default',
  }
}
