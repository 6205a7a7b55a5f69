import {type Keyword, Sym} from '../../../values/scalars.js'
import {List, type Value} from '../../../values/types.js'
import {invalidQuery} from '../../invalid-query.js'
import type {Term} from '../syntax.js'

/** Returns true for a symbol that starts with `?`. */
export function isVariable(form: undefined | Value): form is Sym & {name: `?${string}`} {
  return form instanceof Sym && form.name.startsWith('?')
}

/** Returns true for a symbol that starts with `$`. */
export function isSource(form: undefined | Value): form is Sym & {name: `$${string}`} {
  return form instanceof Sym && form.name.startsWith('$')
}

/** Returns true for the symbol of this name. */
export function isSymbol(form: undefined | Value, name: string): boolean {
  return form instanceof Sym && form.name === name
}

/** The items of a vector or a list; undefined for anything else. */
export function itemsOf(form: undefined | Value): readonly Value[] | undefined {
  if (form instanceof List) return form.items
  return isVector(form) ? form : undefined
}

/** Returns true for a vector; a list is not one. */
export function isVector(form: undefined | Value): form is readonly Value[] {
  return Array.isArray(form)
}

/** Parses a term of a pattern or a call: a variable, `_`, a source or a constant. */
export function parseTerm(form: Value): Term {
  if (!(form instanceof Sym)) return {kind: 'constant', value: form}
  if (form.name === '_') return {kind: 'blank'}
  if (isVariable(form)) return {kind: 'variable', name: form.name}
  if (isSource(form)) return {kind: 'source', name: form.name}
  return {kind: 'constant', value: form}
}

/** @throws ServerError `invalid-query` unless they are variables, each once */
export function parseVariables(forms: readonly Value[], form: Value): string[] {
  const names = new Set<string>()
  for (const item of forms) {
    if (!isVariable(item)) throw invalidQuery('expected variables', form)
    if (names.has(item.name)) throw invalidQuery(`duplicate variable ${item.name}`, form)
    names.add(item.name)
  }

  return [...names]
}

/** Maximum number of forms in a part of a query that is not `:where`: each is a column, or an input. */
const MAX_FORMS = 1000

/** @throws ServerError `invalid-query` if a part of a query has too many forms */
export function requireFew(forms: readonly Value[], part: Keyword): void {
  if (forms.length > MAX_FORMS)
    throw invalidQuery(`expected at most ${MAX_FORMS} forms in ${part}, got ${forms.length}`)
}
