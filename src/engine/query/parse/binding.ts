import type {Value} from '../../../values/types.js'
import {unexpectedForm} from '../../invalid-query.js'
import type {Binding} from '../syntax.js'
import type {Budget} from './budget.js'
import {isSymbol, isVariable, isVector} from './terms.js'

/** Maximum nesting of vectors in a binding. */
const MAX_LEVELS = 20

/**
 * `?x`, `_`, `[?x ?y]`, `[?x ...]`, `[[?x ?y]]`, and these in each other.
 * @throws ServerError `invalid-query`
 */
export function parseBinding(form: Value, budget: Budget, level = 0): Binding {
  if (isVariable(form)) return {kind: 'variable', name: form.name}
  if (isSymbol(form, '_')) return {kind: 'blank'}
  if (!isVector(form) || form.length === 0 || level > MAX_LEVELS)
    throw unexpectedForm('a binding such as ?x, [?x ?y] or [?x ...]', form)
  budget.spend(form.length)
  const [first] = form as [Value]
  if (form.length === 2 && isSymbol(form[1], '...'))
    return {kind: 'collection', of: parseBinding(first, budget, level + 1)}
  if (form.length === 1 && isVector(first)) return {kind: 'collection', of: parseBinding(first, budget, level + 1)}
  return {kind: 'tuple', items: form.map((item) => parseBinding(item, budget, level + 1))}
}

/** The variables of a binding; one that is there twice comes once. */
export function boundBy(binding: Binding): string[] {
  return [...new Set(variablesIn(binding))]
}

function variablesIn(binding: Binding): string[] {
  switch (binding.kind) {
    case 'blank':
      return []
    case 'collection':
      return variablesIn(binding.of)
    case 'tuple':
      return binding.items.flatMap((item) => variablesIn(item))
    case 'variable':
      return [binding.name]
  }
}
