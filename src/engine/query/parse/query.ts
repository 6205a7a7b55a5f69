import {Keyword, keyword, Sym} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {invalidQuery, unexpectedForm} from '../../invalid-query.js'
import {readText} from '../../query-text.js'
import type {Find, Input, Query} from '../syntax.js'
import {boundBy, parseBinding} from './binding.js'
import {Budget} from './budget.js'
import {parseClauses} from './clauses.js'
import {parseFind, parseKeys} from './find.js'
import {isSource, isSymbol, isVariable, itemsOf, parseVariables, requireFew} from './terms.js'

/**
 * Reads a query: EDN text, a vector `[:find ... :where ...]`, or a map of the same.
 * @throws ServerError `invalid-query` that says which part is wrong
 */
export function parseQuery(query: Value): Query {
  const form = typeof query === 'string' ? readText(query) : query
  const parts = partsOf(form)
  const find = parseFind(parts.get('find') ?? [], mapKeys(parts))
  const budget = new Budget()
  const inputs = (parts.get('in') ?? [DEFAULT_SOURCE]).map((item) => parseInput(item, budget))
  const result: Query = {
    find,
    inputs,
    where: parseClauses(parts.get('where') ?? [], {budget, source: '$'}),
    with: parseVariables(parts.get('with') ?? [], form),
  }
  once(result)
  return result
}

const DEFAULT_SOURCE = new Sym('$')

const PARTS = new Set(['find', 'in', 'keys', 'strs', 'syms', 'where', 'with'])
const PART_NAMES = [...PARTS].map((name) => `:${name}`).join(' ')

function partsOf(form: Value): Map<string, readonly Value[]> {
  const parts = new Map<string, readonly Value[]>()
  for (const [name, items] of form instanceof ValueMap ? entriesOf(form) : sectionsOf(form)) {
    if (!(name instanceof Keyword) || !PARTS.has(name.fqn))
      throw unexpectedForm(`a part of a query (${PART_NAMES})`, name)
    if (parts.has(name.fqn)) throw invalidQuery('duplicate part of a query', name)
    if (name.fqn !== 'where') requireFew(items, name)
    parts.set(name.fqn, items)
  }

  if (!parts.has('find')) throw unexpectedForm('a query, a vector or a map with :find', form)
  return parts
}

type Part = readonly [Value, readonly Value[]]

function* entriesOf(map: ValueMap): Generator<Part> {
  for (const [name, form] of map) {
    const items = itemsOf(form)
    if (!items) throw invalidQuery('expected a vector as the part', name)
    yield [name, items]
  }
}

function* sectionsOf(form: Value): Generator<Part> {
  const items = itemsOf(form)
  if (!items) throw unexpectedForm('a query, a vector or a map with :find', form)
  let name: Value | undefined
  let section: Value[] = []
  for (const item of items) {
    if (item instanceof Keyword) {
      if (name !== undefined) yield [name, section]
      name = item
      section = []
    } else if (name === undefined) throw unexpectedForm('a query that starts with :find', form)
    else section.push(item)
  }

  if (name !== undefined) yield [name, section]
}

function mapKeys(parts: ReadonlyMap<string, readonly Value[]>): Find['keys'] {
  const kinds = (['keys', 'strs', 'syms'] as const).filter((kind) => parts.has(kind))
  const [kind] = kinds
  if (kinds.length > 1) throw invalidQuery('expected only one of :keys, :strs and :syms')
  return kind && parseKeys(kind, parts.get(kind) ?? [])
}

function parseInput(form: Value, budget: Budget): Input {
  if (isSource(form)) return {kind: 'source', name: form.name}
  if (isSymbol(form, '%')) return {kind: 'rules'}
  if (form instanceof Sym && form.name !== '_' && !isVariable(form)) return {kind: 'plain', name: form.name}
  return {kind: 'values', binding: parseBinding(form, budget), form}
}

/** Refuses duplicate names, and variables that are both in `:find` and in `:with`. */
function once({find, inputs, with: kept}: Query): void {
  const seen = new Set<string>()
  for (const input of inputs) {
    for (const name of namesOf(input)) {
      if (seen.has(name)) throw invalidQuery(`duplicate ${name} in :in`)
      seen.add(name)
    }
  }

  requireFew([...seen], keyword('in'))

  const both = find.elements.find(({name}) => kept.includes(name))
  if (both) throw invalidQuery(`${both.name} is both in :find and in :with`)
}

function namesOf(input: Input): readonly string[] {
  if (input.kind === 'rules') return ['%']
  return input.kind === 'values' ? boundBy(input.binding) : [input.name]
}
