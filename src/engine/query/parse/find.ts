import {Keyword, keyword, Sym, symbol} from '../../../values/scalars.js'
import {List, type Value} from '../../../values/types.js'
import {invalidQuery, unexpectedForm} from '../../invalid-query.js'
import {type Counted, parseSelector} from '../../pull/parse.js'
import type {AggregateElement, Find, FindElement, PullElement} from '../syntax.js'
import {isSource, isSymbol, isVariable, isVector, parseTerm, requireFew} from './terms.js'

/**
 * `:find` in its four forms: `?x ?y`, `[?x ...]`, `[?x ?y]`, `?x .`
 * @param maps what `:keys`, `:strs` or `:syms` lists, if there is one
 * @throws ServerError `invalid-query`
 */
export function parseFind(forms: readonly Value[], maps: Find['keys']): Find {
  const {items, shape} = shapeOf(forms)
  if (items.length === 0) throw invalidQuery(':find is empty')
  requireFew(items, keyword('find'))
  const counted: Counted = {attributes: 0}
  const elements = items.map((item) => parseElement(item, counted))
  if (maps && (shape === 'collection' || shape === 'scalar'))
    throw invalidQuery(':keys, :strs and :syms need a :find of rows, such as ?x ?y')
  if (maps && maps.length !== elements.length)
    throw invalidQuery(`expected a key for each of the ${elements.length} elements of :find, got ${maps.length}`)
  return {elements, keys: maps, shape}
}

/** Parses the names of `:keys`, `:strs` or `:syms`. */
export function parseKeys(kind: 'keys' | 'strs' | 'syms', forms: readonly Value[]): Value[] {
  const make = {keys: keyword, strs: (name: string) => name, syms: symbol}[kind]
  return forms.map((form) => {
    if (form instanceof Sym) return make(form.name)
    if (form instanceof Keyword) return make(form.fqn)
    throw unexpectedForm(`symbols in :${kind}`, form)
  })
}

function shapeOf(forms: readonly Value[]): {items: readonly Value[]; shape: Find['shape']} {
  const [first, second] = forms
  if (forms.length === 2 && isSymbol(second, '.')) return {items: [first as Value], shape: 'scalar'}
  if (forms.length !== 1 || !isVector(first)) return {items: forms, shape: 'relation'}
  if (first.length === 2 && isSymbol(first[1], '...')) return {items: first.slice(0, 1), shape: 'collection'}
  return {items: first, shape: 'tuple'}
}

function parseElement(form: Value, counted: Counted): FindElement {
  if (isVariable(form)) return {kind: 'variable', name: form.name}
  const items = form instanceof List ? form.items : undefined
  const head = items?.[0]
  if (!items || !(head instanceof Sym)) throw unexpectedForm('a variable, an aggregate or a pull in :find', form)
  if (head.name === 'pull') return parsePull(items.slice(1), form, counted)
  return parseAggregate(head, items.slice(1), form)
}

function parsePull(items: readonly Value[], form: Value, counted: Counted): PullElement {
  const [source, rest] = isSource(items[0]) ? [items[0].name, items.slice(1)] : ['$', items]
  const [variable, selector] = rest
  if (rest.length !== 2 || !isVariable(variable) || selector === undefined)
    throw invalidQuery('expected a variable and a selector in', form)
  const named = selector instanceof Sym && selector.name !== '*'
  return {
    kind: 'pull',
    name: variable.name,
    selector: named ? selector.name : parseSelector(selector, counted),
    source,
  }
}

function parseAggregate(head: Sym, items: readonly Value[], form: Value): AggregateElement {
  const variable = items.at(-1)
  if (head.name === 'aggregate' || isVariable(head)) throw invalidQuery('functions as inputs are not supported', form)
  if (!isVariable(variable)) throw invalidQuery('expected a variable as the last argument of', form)
  const args = items.slice(0, -1).map((item) => parseTerm(item))
  return {kind: 'aggregate', args, form, function: head.name, name: variable.name}
}
