import {present} from '../../values/present.js'
import {Keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {checkPatternAttribute, type Warn} from '../attributes.js'
import type {Database} from '../database.js'
import {formatForm} from '../invalid-query.js'
import {eachAttribute} from '../pull/each-attribute.js'
import {parseSelector} from '../pull/parse.js'
import {forwardOf} from '../reverse-attribute.js'
import {Warnings} from '../warnings.js'
import {sequenceOf} from './exec/destructure.js'
import {isDatabase, type Source} from './exec/query-context.js'
import {callsIn, type RuleSet} from './exec/rule-set.js'
import type {
  Binding,
  CallClause,
  Clause,
  Input,
  PatternClause,
  PullElement,
  Query,
  Rule,
  RuleBranch,
  RuleClause,
  Term,
} from './syntax.js'

/** Inputs of a query, each with what it was given. */
export type NamedInputs = ReadonlyArray<readonly [Input, Source]>

/** A query with everything that its names can be about. */
export interface Names {
  given: NamedInputs
  /** The inputs that have names. */
  named: ReadonlyMap<string, Value>
  /** The rules that were passed. The others are known to be right. */
  own: ReadonlyMap<string, Rule>
  rules: RuleSet
  sources: ReadonlyMap<string, Source>
}

/** Maximum number of values of an input that are checked. */
const MAX_VALUES = 1000

/**
 * Warns of names that a graph does not have, and that therefore find nothing: attributes in patterns, functions, selectors,
 * arguments of rules and inputs. Warns of idents as inputs, too, where only the query itself could write one.
 */
export function checkNames(query: Query, names: Names, warn: Warn): void {
  new NameCheck(query, names, warn).run()
}

class NameCheck {
  readonly #done = new Set<string>()
  readonly #names: Names
  /** Keywords that are the ident of no entity: to look for each in every clause takes time. */
  readonly #others = new Set<Keyword>()
  /** By the name of a rule, once they are known: to look through all rules for each call takes time. */
  readonly #positions = new Map<string, Set<number>>()
  readonly #query: Query
  /** Values that inputs and `ground` give to variables. */
  readonly #values = new Map<string, Value[]>()
  readonly #warnings: Warnings

  constructor(query: Query, names: Names, warn: Warn) {
    this.#names = names
    this.#query = query
    this.#warnings = new Warnings(warn)
    for (const [input, value] of names.given)
      if (input.kind === 'values' && !isDatabase(value)) this.#collect(input.binding, value)
  }

  run(): void {
    const {find, where} = this.#query
    for (const clause of where) if (clause.kind === 'call') this.#collectGround(clause)
    this.#clauses(where, '$', this.#values)
    for (const element of find.elements) if (element.kind === 'pull') this.#pull(element)
  }

  #pull({selector, source}: PullElement): void {
    const db = this.#names.sources.get(source)
    if (!isDatabase(db)) return
    const check = (attribute: Keyword) => this.#warnings.attribute(db, attribute)
    if (typeof selector !== 'string') return eachAttribute(selector, check)
    const form = this.#names.named.get(selector)
    const key = `pull ${selector} ${source}`
    if (form === undefined || this.#done.has(key)) return
    this.#done.add(key)
    eachAttribute(parseSelector(form), check)
  }

  #collect(binding: Binding, value: Value): void {
    if (binding.kind === 'blank') return
    if (binding.kind === 'variable') {
      const values = this.#values.get(binding.name) ?? []
      if (values.length < MAX_VALUES && (value instanceof Keyword || isLookup(value))) values.push(value)
      this.#values.set(binding.name, values)
      return
    }

    let at = 0
    for (const item of sequenceOf(value) ?? []) {
      if (at === MAX_VALUES) return
      const of = binding.kind === 'collection' ? binding.of : binding.items[at]
      if (of) this.#collect(of, item)
      at++
    }
  }

  #collectGround({args, binding, name}: CallClause): void {
    const [arg] = args
    if (name === 'ground' && binding && arg?.kind === 'constant') this.#collect(binding, arg.value)
  }

  /** @param values what is known of variables where the clauses stand: nothing, inside a rule */
  #clauses(clauses: readonly Clause[], source: string, values: ReadonlyMap<string, readonly Value[]>): void {
    for (const clause of clauses) {
      switch (clause.kind) {
        case 'call':
          this.#call(clause)
          break
        case 'not':
          this.#clauses(clause.clauses, source, values)
          break
        case 'or':
          for (const branch of clause.branches) this.#clauses(branch, source, values)
          break
        case 'pattern':
          this.#pattern(clause, source, values)
          break
        case 'rule':
          this.#rule(clause, source, values)
          break
      }
    }
  }

  #pattern(clause: PatternClause, source: string, values: ReadonlyMap<string, readonly Value[]>): void {
    const db = this.#names.sources.get(clause.source ?? source)
    if (!isDatabase(db)) return
    const [e, a, v] = clause.terms
    for (const attribute of keywordsOf(a, values)) this.#warnings.attribute(db, attribute, checkPatternAttribute)
    const givenTo = (term: Term | undefined) => (term?.kind === 'variable' ? keywordsOf(term, values) : [])
    for (const ident of givenTo(e)) this.#asEntity(db, ident, clause)
    const refers = keywordsOf(a, values).some((attribute) => db.attributes.isRef(attribute))
    if (refers) for (const ident of givenTo(v)) this.#asEntity(db, ident, clause)
    const lookups = [...lookupsOf(e, values), ...(refers ? lookupsOf(v, values) : [])]
    for (const [attribute] of lookups) this.#warnings.attribute(db, attribute)
  }

  #asEntity(db: Database, ident: Keyword, {form}: PatternClause): void {
    if (this.#warnings.isFull || this.#others.has(ident)) return
    if (db.entid(ident) === undefined) {
      this.#others.add(ident)
      return
    }

    this.#warnings.report(
      `${ident} comes as data, which is never an entity: give [:db/ident ${ident}] for ${formatForm(form)}`,
    )
  }

  #call({args, name}: CallClause): void {
    const [source, , ...attributes] = args
    const db = source?.kind === 'source' ? this.#names.sources.get(source.name) : undefined
    if (!isDatabase(db) || !LOOKUPS.has(name)) return
    for (const arg of name === 'get-else' ? attributes.slice(0, 1) : attributes) {
      if (arg.kind === 'constant' && arg.value instanceof Keyword)
        this.#warnings.attribute(db, (name === 'missing?' && forwardOf(arg.value)) || arg.value)
    }
  }

  #rule(clause: RuleClause, source: string, values: ReadonlyMap<string, readonly Value[]>): void {
    const inside = clause.source ?? source
    const db = this.#names.sources.get(inside)
    for (const i of this.#positionsIn(clause, values))
      if (isDatabase(db))
        for (const attribute of keywordsOf(clause.args[i], values)) this.#warnings.attribute(db, attribute)
    const key = `${clause.name} ${inside}`
    const rule = this.#names.own.get(clause.name)
    if (!rule || this.#done.has(key)) return
    this.#done.add(key)
    for (const {clauses} of rule.branches) this.#clauses(clauses, inside, NOTHING)
  }

  /** The positions of those arguments of a rule that are at the position of an attribute somewhere in it. */
  #positionsIn({args, name}: RuleClause, values: ReadonlyMap<string, readonly Value[]>): Iterable<number> {
    if (this.#warnings.isFull || args.every((arg) => keywordsOf(arg, values).length === 0)) return []
    if (!this.#positions.has(name)) this.#findPositions(name)
    return present(this.#positions.get(name))
  }

  /** Finds them in a rule and in all that it calls. Those that it calls come first, and again where rules call each other. */
  #findPositions(name: string): void {
    const names = this.#calledBy(name)
    for (let isFinal = false; !isFinal;) {
      isFinal = true
      for (const one of names) {
        const found = this.#attributeArguments(one)
        if (found.size > (this.#positions.get(one)?.size ?? 0)) isFinal = false
        this.#positions.set(one, found)
      }
    }
  }

  /** A rule and all that it calls, those that are called first; without those whose positions are known. */
  #calledBy(name: string, names = new Set<string>(), seen = new Set<string>()): Set<string> {
    if (seen.has(name) || this.#positions.has(name)) return names
    seen.add(name)
    for (const {clauses} of this.#branchesOf(name))
      for (const called of callsIn(clauses)) this.#calledBy(called, names, seen)
    return names.add(name)
  }

  #branchesOf(name: string): readonly RuleBranch[] {
    return this.#names.rules.named(name)?.branches ?? []
  }

  #attributeArguments(name: string): Set<number> {
    const found = new Set<number>()
    for (const {clauses, formals} of this.#branchesOf(name)) {
      const variables = new Set(this.#attributeVariables(clauses))
      for (const [i, formal] of formals.entries()) if (variables.has(formal)) found.add(i)
    }

    return found
  }

  #attributeVariables(clauses: readonly Clause[]): string[] {
    return clauses.flatMap((clause) => this.#attributeVariablesIn(clause))
  }

  #attributeVariablesIn(clause: Clause): string[] {
    switch (clause.kind) {
      case 'call':
        return []
      case 'not':
        return this.#attributeVariables(clause.clauses)
      case 'or':
        return this.#attributeVariables(clause.branches.flat())
      case 'pattern':
        return nameOf(clause.terms[1])
      case 'rule':
        return [...(this.#positions.get(clause.name) ?? [])].flatMap((i) => nameOf(clause.args[i]))
    }
  }
}

const NOTHING: ReadonlyMap<string, readonly Value[]> = new Map()
const LOOKUPS = new Set(['get-else', 'get-some', 'missing?'])

function keywordsOf(term: Term | undefined, values: ReadonlyMap<string, readonly Value[]>): Keyword[] {
  if (term?.kind === 'constant') return term.value instanceof Keyword ? [term.value] : []
  const given = term?.kind === 'variable' ? values.get(term.name) : undefined
  return (given ?? []).filter((value) => value instanceof Keyword)
}

/** The lookup refs that a variable is given. */
function lookupsOf(term: Term | undefined, values: ReadonlyMap<string, readonly Value[]>): Lookup[] {
  return ((term?.kind === 'variable' && values.get(term.name)) || []).filter((value) => isLookup(value))
}

type Lookup = readonly [Keyword, Value]

function isLookup(value: Value): value is Lookup {
  return Array.isArray(value) && value.length === 2 && value[0] instanceof Keyword
}

function nameOf(term: Term | undefined): string[] {
  return term?.kind === 'variable' ? [term.name] : []
}
