import {Keyword, keyword, Sym, symbol} from '../../../values/scalars.js'
import {List, type Value} from '../../../values/types.js'
import {invalidQuery} from '../../invalid-query.js'
import {parseSelector} from '../../pull/parse.js'
import type {AggregateElement, Find, FindElement, PullElement} from '../plan.js'
import {isSource, isSymbol, isVariable, isVector, parseTerm} from './terms.js'

/**
 * `:find` in its four forms: `?x ?y`, `[?x ...]`, `[?x ?y]`, `?x .`
 * @param maps what `:keys`, `:strs` or `:syms` lists, if there is one
 * @throws ServerError `invalid-query`
 */
export function parseFind(forms: readonly Value[], maps: Find['keys']): Find {
  const {items, shape} = shapeOf(forms)
  if (items.length === 0) throw invalidQuery('there is nothing to :find')
  const elements = items.map((item) => parseElement(item))
  if (maps && (shape === 'collection' || shape === 'scalar')) throw invalidQuery(':keys are for rows of several values')
  if (maps && maps.length !== elements.length)
    throw invalidQuery(`:find has ${elements.length} elements, but there are ${maps.length} keys for them`)
  return {elements, keys: maps, shape}
}

/** Parses the names of `:keys`, `:strs` or `:syms`. */
export function parseKeys(kind: 'keys' | 'strs' | 'syms', forms: readonly Value[]): Value[] {
  const make = {keys: keyword, strs: (name: string) => name, syms: symbol}[kind]
  return forms.map((form) => {
    if (form instanceof Sym) return make(form.name)
    if (form instanceof Keyword) return make(form.fqn)
    throw invalidQuery(`:${kind} has names only`, form)
  })
}

function shapeOf(forms: readonly Value[]): {items: readonly Value[]; shape: Find['shape']} {
  const [first, second] = forms
  if (forms.length === 2 && isSymbol(second, '.')) return {items: [first as Value], shape: 'scalar'}
  if (forms.length !== 1 || !isVector(first)) return {items: forms, shape: 'relation'}
  if (first.length === 2 && isSymbol(first[1], '...')) return {items: first.slice(0, 1), shape: 'collection'}
  return {items: first, shape: 'tuple'}
}

function parseElement(form: Value): FindElement {
  if (isVariable(form)) return {kind: 'variable', name: form.name}
  const items = form instanceof List ? form.items : undefined
  const head = items?.[0]
  if (!items || !(head instanceof Sym)) throw invalidQuery('this cannot be found', form)
  if (head.name === 'pull') return parsePull(items.slice(1), form)
  return parseAggregate(head, items.slice(1), form)
}

function parsePull(items: readonly Value[], form: Value): PullElement {
  const [source, rest] = isSource(items[0]) ? [items[0].name, items.slice(1)] : ['$', items]
  const [variable, selector] = rest
  if (rest.length !== 2 || !isVariable(variable) || selector === undefined)
    throw invalidQuery('a pull has a variable and a selector', form)
  const named = selector instanceof Sym && selector.name !== '*'
  return {
    kind: 'pull',
    name: variable.name,
    selector: named ? selector.name : parseSelector(selector),
    source,
  }
}

function parseAggregate(head: Sym, items: readonly Value[], form: Value): AggregateElement {
  const variable = items.at(-1)
  if (head.name === 'aggregate' || isVariable(head)) throw invalidQuery('functions cannot be given to a query', form)
  if (!isVariable(variable)) throw invalidQuery('the last argument of an aggregate is a variable', form)
  const args = items.slice(0, -1).map((item) => parseTerm(item))
  return {kind: 'aggregate', args, form, function: head.name, name: variable.name}
}
