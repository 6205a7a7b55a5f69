import type {Value} from '../../values/types.js'
import type {Selector} from '../pull/selector.js'

/** A query, read once: what is found, from what, under which conditions. Variables go by their names, `?x`. */
export interface Query {
  find: Find
  inputs: readonly Input[]
  where: readonly Clause[]
  /** Variables that keep rows apart which are equal otherwise. */
  with: readonly string[]
}

/** A term of a clause. */
export type Term =
  {kind: 'blank'} | {kind: 'constant'; value: Value} | {kind: 'source'; name: string} | {kind: 'variable'; name: string}

export type Clause = CallClause | NotClause | OrClause | PatternClause | RuleClause

/** `[?e :attribute ?v]`: facts of a database, or rows of a collection. */
export interface PatternClause {
  kind: 'pattern'
  form: Value
  /** Undefined is that of the rule's caller, and `$` in a query. */
  source: string | undefined
  terms: readonly Term[]
}

/** `[(function ?x 1) ?y]`, and `[(predicate ?x)]`, which has no binding. */
export interface CallClause {
  kind: 'call'
  args: readonly Term[]
  binding: Binding | undefined
  form: Value
  name: string
}

/** `(not ...)` and `(not-join [?x] ...)`. */
export interface NotClause {
  kind: 'not'
  clauses: readonly Clause[]
  form: Value
  /** All of `join` must be known before: `not-join`. For `not` one is enough. */
  strict: boolean
  /** The variables that it shares with what is around it. */
  vars: readonly string[]
}

/** `(or ...)` and `(or-join [?x] ...)`. */
export interface OrClause {
  kind: 'or'
  branches: ReadonlyArray<readonly Clause[]>
  form: Value
  /** Those of `vars` that must be known before. */
  required: readonly string[]
  vars: readonly string[]
}

/** `(rule ?x 1)`. */
export interface RuleClause {
  kind: 'rule'
  args: readonly Term[]
  form: Value
  name: string
  source: string | undefined
}

/** Destructuring form: the variables that receive the parts of a value. */
export type Binding =
  | {kind: 'blank'}
  | {kind: 'collection'; of: Binding}
  | {kind: 'tuple'; items: readonly Binding[]}
  | {kind: 'variable'; name: string}

/** One input. A name without a mark is for the selector of a pull. */
export type Input =
  | {kind: 'plain'; name: string}
  | {kind: 'rules'}
  | {kind: 'source'; name: string}
  | {kind: 'values'; binding: Binding; form: Value}

export interface Find {
  elements: readonly FindElement[]
  /** `:keys` and its like: rows become maps with these keys. */
  keys: readonly Value[] | undefined
  shape: 'collection' | 'relation' | 'scalar' | 'tuple'
}

export type FindElement = AggregateElement | PullElement | VariableElement

interface VariableElement {
  kind: 'variable'
  name: string
}

export interface PullElement {
  kind: 'pull'
  name: string
  /** Or the name of the input that has it. */
  selector: Selector | string
  source: string
}

export interface AggregateElement {
  kind: 'aggregate'
  /** Arguments in front of the variable. */
  args: readonly Term[]
  form: Value
  function: string
  name: string
}

/** The branches of one rule. */
export interface Rule {
  branches: readonly RuleBranch[]
  name: string
  /** Number of first arguments that must be known before the call. */
  required: number
}

export interface RuleBranch {
  clauses: readonly Clause[]
  form: Value
  formals: readonly string[]
}
