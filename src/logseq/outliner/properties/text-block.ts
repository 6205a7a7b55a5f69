import {type Keyword, keyword, Uuid} from '../../../values/scalars.js'
import {type Value, type ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {impossible, objection} from '../objections.js'
import {readProperty} from './property.js'
import {makeText, readNumber, requireUrl} from './values.js'

/**
 * Makes the block of a value, of a block or of the property itself, and sets it unless the options say otherwise.
 * @throws ServerError `invalid-transaction` or `validation-error`
 */
export function createTextBlock(
  draft: Draft,
  owner: number | undefined,
  ident: Keyword,
  given: Value,
  options: ValueMap,
): void {
  const property = readProperty(draft, ident)
  if (property === undefined) throw impossible("Set block property failed: block or property doesn't exist")
  if (typeof given !== 'string') throw impossible('value should be a string')
  requireUrl(property, given)
  const number = property.type === 'number' ? readNumber(given) : undefined
  if (property.type === 'number' && number === undefined)
    throw objection('property.validation/cant-convert-to-number', given)
  const id = options.get(keyword('new-block-id'))
  const block = makeText(draft, property, owner ?? property.e, given, id instanceof Uuid ? id : draft.making.uuid())
  if (number !== undefined) {
    draft.drop(block, A.title)
    draft.set(block, A.value, number)
  }

  if (owner === undefined || options.get(keyword('set-block-property?')) === false) return
  draft.set(owner, ident, block)
  draft.set(owner, A.updatedAt, draft.now)
}
