import type {Value} from '../../../values/types.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {readProperty} from './property.js'
import {makeText} from './values.js'

/** Gives a choice or a property a description. @returns true if that changes anything; a blank text does not */
export function writeDescription(draft: Draft, e: number, given: Value): boolean {
  const description = readProperty(draft, A.description)
  const text = typeof given === 'string' ? given.trim() : ''
  if (text === '' || description === undefined) return false
  const known = draft.ref(e, A.description)
  if (known !== undefined && draft.text(known, A.title) === text) return false
  if (known === undefined) draft.set(e, A.description, makeText(draft, description, e, text))
  else draft.set(known, A.title, text)
  return true
}
