import {expect} from 'chai'

import type {Database} from '../../../src/engine/database.js'
import {emptyFacts, run} from '../support.js'
import {ask, refusal} from './small-graph.js'

/** Two states, the attribute that refers to them, and three things; `:kw` holds keywords that are idents of states. */
function states(): Database {
  const schema = `{:db/ident {:db/unique :db.unique/identity}
                   :name {:db/unique :db.unique/identity}
                   :state {:db/valueType :db.type/ref}
                   :tags {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many}}`
  const data = `[{:db/id 1 :db/ident :s/todo :name "todo"}
                 {:db/id 2 :db/ident :s/done :name "done"}
                 {:db/id 5 :db/ident :state :name "state"}
                 {:db/id 10 :name "a" :state 1 :tags [1 2] :kw :s/todo}
                 {:db/id 11 :name "b" :state 2 :kw :s/done}
                 {:db/id 12 :name "c" :state 1}]`
  return run(emptyFacts(schema), data).after
}

const RULES = `[[(named ?e ?n) [?e :name ?n]]
                [(in-state ?b ?s) [?b :state ?s]]
                [(todo-by ?b ?a) [?b ?a :s/todo]]
                [(by ?b ?a ?s) [?b ?a ?s]]
                [(again ?b ?s) (in-state ?b ?s)]
                [(reach ?b ?s) [?b :state ?s]]
                [(reach ?b ?s) [?b :tags ?m] (reach ?m ?s)]]`

type Case = readonly [query: string, inputs: readonly string[], result: string]

const CASES: Record<string, readonly Case[]> = {
  'stands for its entity at the position of an entity': [
    ['[:find ?n . :where [:s/todo :name ?n]]', [], '"todo"'],
    ['[:find [?b ...] :where [?b :state :s/todo]]', [], '[10 12]'],
    ['[:find [?b ...] :where [?b :state [:name "todo"]]]', [], '[10 12]'],
    ['[:find [?b ...] :where [?b :kw :s/todo]]', [], '[10]'],
  ],
  'stands for its entity whatever gives the attribute': [
    ['[:find [?b ...] :in $ ?a :where [?b ?a :s/todo]]', [':state'], '[10 12]'],
    ['[:find [?b ...] :in $ ?a :where [?b ?a [:name "todo"]]]', [':state'], '[10 12]'],
    [
      '[:find ?b ?a :in $ [?a ...] :where [?b ?a :s/todo]]',
      ['[:state :tags :kw :none]'],
      '[[10 :kw] [10 :state] [10 :tags] [12 :state]]',
    ],
    ['[:find ?b :in $ [[?a ?x]] :where [?b ?a :s/done]]', ['[[:state 1] [:kw 2]]'], '[[11]]'],
    ['[:find [?b ...] :where [(ground :state) ?a] [?b ?a :s/todo]]', [], '[10 12]'],
    ['[:find [?b ...] :where [5 :db/ident ?a] [?b ?a :s/todo]]', [], '[10 12]'],
    ['[:find [?b ...] :where [?b ?a :s/todo] [5 :db/ident ?a]]', [], '[10 12]'],
    ['[:find [?b ...] :where [?p :name "state"] [?p :db/ident ?a] [?b ?a :s/todo]]', [], '[10 12]'],
    ['[:find ?b ?a :where [?b ?a :s/todo]]', [], '[[1 :db/ident] [10 :kw] [10 :state] [10 :tags] [12 :state]]'],
    ['[:find ?b ?a :where [?b ?a :s/done] [?b :name "b"]]', [], '[[11 :kw] [11 :state]]'],
    ['[:find ?b ?a :where [?b ?a [:name "done"]]]', [], '[[10 :tags] [11 :state]]'],
    ['[:find ?b ?a :in $ ?s :where [?b ?a ?s]]', ['[:name "done"]'], '[[10 :tags] [11 :state]]'],
    [
      '[:find ?b ?s :in $ [?s ...] :where [?b _ ?s]]',
      ['[[:name "done"] 1]'],
      '[[10 1] [10 [:name "done"]] [11 [:name "done"]] [12 1]]',
    ],
    [
      '[:find ?n :in $ ?a :where [?b :name ?n] (not [?b ?a :s/todo])]',
      [':state'],
      '[["b"] ["done"] ["state"] ["todo"]]',
    ],
    ['[:find [?b ...] :in $ ?a :where (or-join [?b ?a] [?b ?a :s/todo] [?b ?a :s/done])]', [':state'], '[10 12 11]'],
    ['[:find [?b ...] :in $ ?a :where [?b :name] (or [?b ?a :s/done] [?b :none ?a])]', [':state'], '[11]'],
    ['[:find ?b :in $ [?a ...] :where [?b ?a :s/nobody]]', ['[:state :tags]'], '[]'],
    ['[:find ?b :in $ ?a :where [?b ?a :s/nobody]]', [':state'], '[]'],
  ],
  'stands for its entity as the argument of a rule': [
    ['[:find [?b ...] :in $ % :where (in-state ?b :s/todo)]', [RULES], '[10 12]'],
    ['[:find [?b ...] :in $ % :where (again ?b :s/todo)]', [RULES], '[10 12]'],
    ['[:find [?b ...] :in $ % :where (reach ?b :s/todo)]', [RULES], '[10 12]'],
    ['[:find ?n . :in $ % :where (named :s/todo ?n)]', [RULES], '"todo"'],
    ['[:find [?b ...] :in $ % :where (todo-by ?b :state)]', [RULES], '[10 12]'],
    [
      '[:find ?b ?a :in $ % [?a ...] :where (todo-by ?b ?a)]',
      [RULES, '[:state :kw]'],
      '[[10 :kw] [10 :state] [12 :state]]',
    ],
    ['[:find [?b ...] :in $ % :where (by ?b :state :s/todo)]', [RULES], '[10 12]'],
    ['[:find ?b . :in $ % :where (by ?b :kw :s/todo)]', [RULES], '10'],
    ['[:find ?b ?a :in $ % :where (by ?b ?a :s/done)]', [RULES], '[[10 :tags] [11 :kw] [11 :state] [2 :db/ident]]'],
    [
      '[:find ?n :in $ % :where [?b :name ?n] (not (in-state ?b :s/todo))]',
      [RULES],
      '[["b"] ["done"] ["state"] ["todo"]]',
    ],
  ],
}

/** The same keyword as data: it is compared as it is, and a lookup ref is the way to mean its entity. */
const DATA: readonly Case[] = [
  ['[:find ?b :in $ ?s :where [?b :state ?s]]', [':s/todo'], '[]'],
  ['[:find ?b :in $ [?s ...] :where [?b :state ?s]]', ['[:s/todo :s/done]'], '[]'],
  ['[:find ?b :in $ [[?s ?x]] :where [?b :state ?s]]', ['[[:s/todo 1]]'], '[]'],
  ['[:find ?n :in $ ?e :where [?e :name ?n]]', [':s/todo'], '[]'],
  ['[:find ?b :where [(ground :s/todo) ?s] [?b :state ?s]]', [], '[]'],
  ['[:find ?b :where [(ground [:s/todo :s/done]) [?s ...]] [?b :state ?s]]', [], '[]'],
  ['[:find ?n :where [(ground :s/todo) ?e] [?e :name ?n]]', [], '[]'],
  ['[:find ?b :where [10 :kw ?s] [?b :state ?s]]', [], '[]'],
  ['[:find ?n :where [10 :kw ?s] [?s :name ?n]]', [], '[]'],
  ['[:find ?n :where [?s :name ?n] [10 :kw ?s]]', [], '[]'],
  [
    '[:find ?n :in $ ?s :where [?b :name ?n] (not [?b :state ?s])]',
    [':s/todo'],
    '[["a"] ["b"] ["c"] ["done"] ["state"] ["todo"]]',
  ],
  ['[:find ?b :in $ % ?s :where (in-state ?b ?s)]', [RULES, ':s/todo'], '[]'],
  ['[:find ?b :in $ % ?s :where (again ?b ?s)]', [RULES, ':s/todo'], '[]'],
  ['[:find ?b :in $ % ?s :where (reach ?b ?s)]', [RULES, ':s/todo'], '[]'],
  ['[:find ?n :in $ % ?e :where (named ?e ?n)]', [RULES, ':s/todo'], '[]'],
  ['[:find [?b ...] :in $ [?s ...] :where [?b :kw ?s]]', ['[:s/todo :s/done]'], '[10 11]'],
  ['[:find [?b ...] :in $ ?s :where [?i :db/ident ?s] [?b :state ?i]]', [':s/todo'], '[10 12]'],
  ['[:find [?b ...] :in $ ?s :where [?b :state ?s]]', ['[:db/ident :s/todo]'], '[10 12]'],
  ['[:find [?b ...] :where [(ground [[:db/ident :s/todo]]) [?s ...]] [?b :state ?s]]', [], '[10 12]'],
]

/** Functions that take an entity, and a pull, are given one however it is named. */
const NAMED: readonly Case[] = [
  ['[:find ?n . :in $ ?e :where [(get-else $ ?e :name "none") ?n]]', [':s/todo'], '"todo"'],
  ['[:find ?v . :in $ ?e :where [(get-some $ ?e :none :name) [_ ?v]]]', [':s/todo'], '"todo"'],
  ['[:find ?e . :in $ ?e :where [(missing? $ ?e :state)]]', [':s/todo'], ':s/todo'],
  ['[:find (pull ?e [:name]) . :in $ ?e]', [':s/todo'], '{:name "todo"}'],
  ['[:find (pull ?e [:name]) . :in $ ?e]', ['[:name "todo"]'], '{:name "todo"}'],
]

function titleOf(query: string, inputs: readonly string[]): string {
  return [query, ...inputs.filter((input) => input !== RULES)].join(' ')
}

describe('an ident that a query writes', () => {
  const db = states()
  for (const [what, cases] of Object.entries(CASES))
    describe(what, () => {
      for (const [query, inputs, result] of cases)
        it(titleOf(query, inputs), () => {
          expect(ask(query, db, ...inputs)).to.equal(result)
        })
    })

  for (const query of ['[:find ?b :where [?b :state :s/nobody]]', '[:find ?n :where [:s/nobody :name ?n]]'])
    it(`is refused when no entity has it: ${query}`, () => {
      expect(refusal(query, db)).to.equal('400 invalid-entity-id unknown entity :s/nobody')
    })

  it('is refused as the argument of a rule, too, when no entity has it', () => {
    const query = '[:find ?b :in $ % :where (in-state ?b :s/nobody)]'
    expect(refusal(query, db, RULES)).to.equal('400 invalid-entity-id unknown entity :s/nobody')
  })
})

describe('an ident that a query is given', () => {
  const db = states()
  for (const [query, inputs, result] of DATA)
    it(`is a keyword: ${titleOf(query, inputs)}`, () => {
      expect(ask(query, db, ...inputs)).to.equal(result)
    })

  for (const [query, inputs, result] of NAMED)
    it(`names an entity for a function: ${titleOf(query, inputs)}`, () => {
      expect(ask(query, db, ...inputs)).to.equal(result)
    })
})
