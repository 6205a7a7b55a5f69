import fc from 'fast-check'

import {readEdn} from '../../../src/values/edn-read.js'
import {type Keyword, keyword, symbol} from '../../../src/values/scalars.js'
import {List, type Value, ValueMap} from '../../../src/values/types.js'
import type {Fact} from './memory-database.js'

/** References: one, many, a component. Values: a name that may be shared, an indexed number, a set of tags. */
export const SCHEMA = readEdn(`{
  :parent {:db/valueType :db.type/ref}
  :links {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  :part {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}
  :size {:db/index true}
  :tag {:db/cardinality :db.cardinality/many}
  :name {}
}`) as ValueMap

const REFS = ['parent', 'links', 'part'].map((name) => keyword(name))
const VALUES = ['size', 'tag', 'name'].map((name) => keyword(name))
const MANY = new Set(['links', 'part', 'tag'])

export const NAIVE_SCHEMA = {
  component: new Set([keyword('part')]),
  many: new Set([...MANY].map((name) => keyword(name))),
  ref: new Set(REFS),
}

/** Rules of every kind: plain, recursive to the left, to the right and on both sides, mutual, with `or`, `not` and predicates. */
export const RULES = readEdn(`[
  [(child ?p ?c) [?c :parent ?p]]
  [(left ?a ?d) [?d :parent ?a]]
  [(left ?a ?d) (left ?a ?m) [?d :parent ?m]]
  [(right ?a ?d) (child ?a ?d)]
  [(right ?a ?d) (child ?a ?m) (right ?m ?d)]
  [(double ?a ?b) [?a :links ?b]]
  [(double ?a ?b) (double ?a ?m) (double ?m ?b)]
  [(even ?a ?b) [?a :links ?m] (odd ?m ?b)]
  [(odd ?a ?b) [?a :links ?b]]
  [(odd ?a ?b) [?a :links ?m] (even ?m ?b)]
  [(either ?a ?b) (or-join [?a ?b] [?a :parent ?b] (and [?a :links ?m] (either ?m ?b)))]
  [(loose ?a ?b) [?a :links ?b] (not [?a :parent ?b]) [(not= ?a ?b)]]
  [(walk ?a ?b) (loose ?a ?b)]
  [(walk ?a ?b) (walk ?a ?m) [?m :size ?s] [(< ?s 3)] (loose ?m ?b)]
  [(twice ?a ?b) (or-join [?a ?b] (and (child ?a ?m) (child ?m ?b)) [?b :links ?a])]
  [(self ?a ?b) (right ?a ?a) [?a :links ?b]]
  [(back ?a ?b) (right ?b ?a)]
]`) as readonly Value[]

const RULE_NAMES = [
  'child',
  'left',
  'right',
  'double',
  'even',
  'odd',
  'either',
  'loose',
  'walk',
  'twice',
  'self',
  'back',
]

/** A source of random choices. */
export class Choices {
  constructor(readonly g: fc.GeneratorValue) {}

  below(count: number): number {
    return this.g(fc.nat, count - 1)
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** With a chance of one in `n`. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  someOf<T>(items: readonly T[]): T[] {
    const chosen = items.filter(() => this.oneIn(2))
    return chosen.length > 0 ? chosen : [this.oneOf(items)]
  }
}

export function randomFacts(choices: Choices, entities: number): Fact[] {
  const facts = new Map<string, Fact>()
  const count = choices.below(entities * 4) + 1
  for (let i = 0; i < count; i++) {
    const e = choices.below(entities) + 1
    const a = choices.oneOf([...REFS, ...VALUES])
    const v = randomValue(choices, a, entities)
    facts.set(MANY.has(a.name) ? `${e} ${a} ${v}` : `${e} ${a}`, [e, a, v])
  }

  return [...facts.values()].sort(
    (x, y) => x[0] - y[0] || (x[1].fqn < y[1].fqn ? -1 : x[1] === y[1] ? compare(x[2], y[2]) : 1),
  )
}

function compare(a: Value, b: Value): number {
  return typeof a === 'number' ? a - (b as number) : String(a) < String(b) ? -1 : 1
}

function randomValue(choices: Choices, a: Keyword, entities: number): Value {
  if (REFS.includes(a)) return choices.below(entities) + 1
  if (a.name === 'size') return choices.below(5)
  return a.name === 'name' ? choices.oneOf(['a', 'b', '']) : keyword(choices.oneOf(['x', 'y/z']))
}

const ENTITIES = ['?a', '?b', '?c'].map((name) => symbol(name))
const PLAIN = ['?u', '?v', '?w'].map((name) => symbol(name))

/** Makes clauses, and knows which variables have values after them. */
export class RandomClauses {
  readonly bound = new Set<string>()

  constructor(
    readonly choices: Choices,
    readonly entities: number,
  ) {}

  clauses(count: number): Value[] {
    return Array.from({length: count}, () => this.#clause())
  }

  #clause(): Value {
    const {choices} = this
    const kind = choices.below(12)
    const anchor = this.#boundEntity()
    if (kind === 0 && anchor) return this.#not(anchor)
    if (kind === 1) return this.#or()
    if (kind === 2) return this.#orJoin()
    if (kind <= 4) return this.#rule()
    if (kind === 5 && this.bound.size > 0) return this.#predicate()
    if (kind === 6 && anchor) return this.#function(anchor)
    return this.#bind(this.#pattern())
  }

  #pattern(): Value[] {
    const {choices} = this
    const isRef = choices.oneIn(2)
    const a = choices.oneOf(isRef ? REFS : VALUES)
    const v = choices.oneIn(3) ? randomValue(choices, a, this.entities) : choices.oneOf(isRef ? ENTITIES : PLAIN)
    const e = choices.oneIn(8) ? choices.below(this.entities) + 1 : choices.oneOf(ENTITIES)
    return choices.oneIn(8) ? [e, a] : [e, a, choices.oneIn(10) ? symbol('_') : v]
  }

  #bind(clause: Value): Value {
    const walk = (form: Value) => {
      if (form instanceof Object && 'name' in form && String(form).startsWith('?')) this.bound.add(String(form))
      else if (Array.isArray(form) || form instanceof List) for (const item of form as Iterable<Value>) walk(item)
    }

    walk(clause)
    return clause
  }

  #boundEntity() {
    const known = ENTITIES.filter(({name}) => this.bound.has(name))
    return known.length > 0 ? this.choices.oneOf(known) : undefined
  }

  #not(anchor: Value): Value {
    const [, ...rest] = this.#pattern()
    const body: Value[] = [[anchor, ...rest]]
    if (this.choices.oneIn(2)) body.push(this.#pattern())
    if (this.choices.oneIn(3)) body.push(this.#ruleForm())
    return this.choices.oneIn(3)
      ? new List([symbol('not-join'), [anchor], ...body])
      : new List([symbol('not'), ...body])
  }

  #or(): Value {
    const e = this.choices.oneOf(ENTITIES)
    const v = this.choices.oneOf(PLAIN)
    const branch = (): Value => {
      const pattern: Value = [e, this.choices.oneOf(VALUES), v]
      return this.choices.oneIn(3) ? new List([symbol('and'), pattern, [e, this.choices.oneOf(REFS)]]) : pattern
    }

    return this.#bind(new List([symbol('or'), branch(), branch()]))
  }

  #orJoin(): Value {
    const vars = this.choices.someOf(ENTITIES)
    const branch = () => {
      const patterns = vars.map((e): Value => [e, ...this.#pattern().slice(1)])
      const negative = new List([symbol('not'), [vars[0]!, ...this.#pattern().slice(1)]])
      return new List([symbol('and'), ...patterns, ...(this.choices.oneIn(4) ? [negative] : [])])
    }

    for (const {name} of vars) this.bound.add(name)
    return new List([symbol('or-join'), vars, branch(), branch()])
  }

  #ruleForm(): List {
    const {choices} = this
    const arg = (): Value => {
      if (choices.oneIn(5)) return choices.below(this.entities) + 1
      return choices.oneIn(8) ? symbol('_') : choices.oneOf(ENTITIES)
    }

    return new List([symbol(choices.oneOf(RULE_NAMES)), arg(), arg()])
  }

  #rule(): Value {
    return this.#bind(this.#ruleForm())
  }

  #predicate(): Value {
    const args = [this.choices.oneOf([...this.bound]), this.choices.oneOf([...this.bound])].map((name) => symbol(name))
    return [new List([symbol(this.choices.oneOf(['=', 'not='])), ...args])]
  }

  #function(anchor: Value): Value {
    const {choices} = this
    const kind = choices.below(4)
    if (kind === 0) return [new List([symbol('missing?'), symbol('$'), anchor, choices.oneOf([...REFS, ...VALUES])])]
    if (kind === 1) {
      const call = new List([symbol('get-else'), symbol('$'), anchor, choices.oneOf(VALUES), 'none'])
      return this.#bind([call, choices.oneOf(PLAIN)])
    }

    const other = symbol(choices.oneOf([...this.bound]))
    if (kind === 2) return this.#bind([new List([symbol('vector'), anchor, other]), choices.oneOf(PLAIN)])
    const [first, second] = [choices.oneOf(ENTITIES), choices.oneOf(PLAIN)]
    return this.#bind([new List([symbol('vector'), anchor, other]), [first, second]])
  }
}

/** A selector of any form but functions. */
export function randomSelector(choices: Choices, level = 0): Value[] {
  const reference = (): Keyword => {
    const a = choices.oneOf(REFS)
    return choices.oneIn(3) ? keyword(`_${a.name}`) : a
  }

  const item = (): Value => {
    switch (choices.below(8)) {
      case 0:
        return symbol('*')
      case 1:
        return keyword('db/id')
      case 2:
        return [choices.oneOf(VALUES), keyword('default'), 'none']
      case 3:
        return [keyword('links'), keyword('limit'), choices.below(2) + 1, keyword('as'), 'some links']
      case 4:
        return new ValueMap([[reference(), choices.oneIn(2) ? choices.below(3) + 1 : symbol('...')]])
      case 5:
        return level < 3 ? new ValueMap([[reference(), randomSelector(choices, level + 1)]]) : reference()
      case 6:
        return reference()
      default:
        return choices.oneOf(VALUES)
    }
  }

  return Array.from({length: choices.below(4) + 1}, () => item())
}
