import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {type Keyword, keyword, Uuid} from '../../../values/scalars.js'
import {type Value, type ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {orderBetween} from '../../order-keys.js'
import {isMacro, isUrl} from '../../validity/value-tests.js'
import {deleteTree} from '../blocks/delete.js'
import type {Draft} from '../draft.js'
import {objection} from '../objections.js'
import {isBuiltIn} from '../outline.js'
import {writeDescription} from './description.js'
import {type Property, readProperty} from './property.js'
import {readNumber} from './values.js'

/** Only values of these types can be chosen from a list. */
const WITH_CHOICES: ReadonlySet<string> = new Set(['default', 'number', 'url'])

/** Adds a choice to a property, or changes one. Nothing happens where there are no choices. @throws ServerError `validation-error` */
export function upsertChoice(draft: Draft, ident: Keyword, options: ValueMap): void {
  const property = readProperty(draft, ident)
  if (property === undefined || !WITH_CHOICES.has(property.type)) return
  const id = options.get(keyword('id'))
  const uuid = id instanceof Uuid ? id : draft.making.uuid()
  const known = draft.byUuid(uuid)
  const value = choiceValue(property, options.get(keyword('value')) ?? null)
  if (value === undefined) return
  const attribute = property.type === 'number' ? A.value : A.title
  if (property.choices.some((e) => e !== known && draft.value(e, attribute) === value))
    throw objection('property.choice/already-exists')
  const e = known ?? makeChoice(draft, property, uuid)
  draft.set(e, attribute, value)
  draft.set(e, A.updatedAt, draft.now)
  const icon = options.get(keyword('icon')) ?? null
  if (icon === null) draft.drop(e, A.icon)
  else draft.set(e, A.icon, icon)
  writeDescription(draft, e, options.get(DESCRIPTION) ?? null)
  const scope = options.get(keyword('scoped-class-id'))
  if (typeof scope === 'number') draft.set(e, A.choiceClasses, scope)
}

const DESCRIPTION = keyword('description')

/** @returns undefined for what is blank */
function choiceValue(property: Property, given: Value): number | string | undefined {
  if (property.type === 'number') {
    const number = typeof given === 'string' ? readNumber(given) : given
    if (typeof number === 'number') return number
    if (given === null) return undefined
    throw objection('property.validation/cant-convert-to-number', String(given))
  }

  const text = typeof given === 'string' ? given.trim() : ''
  if (text === '') return undefined
  if (property.type === 'url' && !isUrl(text) && !isMacro(text))
    throw objection('property.choice/invalid', text, 'should be a URL')
  return text
}

function makeChoice(draft: Draft, property: Property, uuid: Uuid): number {
  const last = property.choices.at(-1)
  const e = draft.create([
    [A.uuid, uuid],
    [A.createdAt, draft.now],
    [A.order, orderBetween(last === undefined ? null : (draft.text(last, A.order) ?? null), null)],
    [A.page, property.e],
    [A.parent, property.e],
    [A.choiceOf, property.e],
    [A.createdFrom, property.e],
  ])
  draft.set(property.e, A.updatedAt, draft.now)
  return e
}

/** Deletes a choice, wherever it was chosen. @throws ServerError `validation-error` for one of Logseq's own */
export function* deleteChoice(
  draft: Draft,
  ident: Keyword,
  choice: number | undefined,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const property = readProperty(draft, ident)
  if (property === undefined || choice === undefined || !property.choices.includes(choice)) return
  if (isBuiltIn(draft, choice)) throw objection('property.choice/cant-delete-built-in')
  yield* deleteTree(draft, choice, execution)
  draft.set(property.e, A.updatedAt, draft.now)
}

/** Makes values of a property choices of it. */
export function* valuesToChoices(
  draft: Draft,
  ident: Keyword,
  values: readonly number[],
  execution: ExecutionContext,
): CooperativeTask<void> {
  const property = readProperty(draft, ident)
  if (property === undefined || values.length === 0) return
  for (const e of values) {
    if (execution.shouldYield()) yield
    if (draft.ref(e, A.createdFrom) !== property.e) continue
    draft.set(e, A.choiceOf, property.e)
    draft.set(e, A.parent, property.e)
    draft.set(e, A.page, property.e)
  }

  draft.set(property.e, A.updatedAt, draft.now)
}
