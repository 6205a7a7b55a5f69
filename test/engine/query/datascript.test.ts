import {createRequire} from 'node:module'
import {expect} from 'chai'

import type {Database} from '../../../src/engine/database.js'
import {runPull} from '../../../src/engine/pull/pull.js'
import {runQuery} from '../../../src/engine/query/query.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {toJson} from '../../../src/values/json.js'
import {Keyword} from '../../../src/values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'
import {emptyFacts, run} from '../support.js'

/** The little of npm datascript that is used here; it has no types, and texts instead of keywords. */
interface DataScript {
  db_with(db: unknown, data: unknown[]): unknown
  empty_db(schema: Record<string, Record<string, unknown>>): unknown
  pull(db: unknown, selector: string, e: number): unknown
  q(query: string, ...inputs: unknown[]): unknown
}

const datascript = createRequire(import.meta.url)('datascript') as DataScript

const FACTS = [
  [1, 'name', 'A'],
  [1, 'aka', 'x'],
  [1, 'aka', 'y'],
  [1, 'friend', 2],
  [1, 'friend', 3],
  [2, 'name', 'B'],
  [2, 'friend', 1],
  [3, 'friend', 3],
  [3, 'best', 1],
  [4, 'part', 5],
  [4, 'part', 6],
  [5, 'name', 'P'],
  [5, 'spec', 7],
  [7, 'name', 'S'],
  [10, 'best', 10],
  [11, 'friend', 99],
  [12, 'best', 1],
] as const

const SCHEMA = `{:friend {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
                 :best {:db/valueType :db.type/ref}
                 :aka {:db/cardinality :db.cardinality/many}
                 :part {:db/valueType :db.type/ref :db/isComponent true :db/cardinality :db.cardinality/many}
                 :spec {:db/valueType :db.type/ref :db/isComponent true}}`

const REF = {':db/valueType': ':db.type/ref'}
const MANY = {':db/cardinality': ':db.cardinality/many'}
const COMPONENT = {':db/isComponent': true}

const SELECTORS: ReadonlyArray<readonly [selector: string, ...entities: number[]]> = [
  ['[:db/id]', 1, 999],
  ['[*]', 1, 4, 5, 999],
  ['[:name]', 1, 3, 999],
  ['[* :_friend]', 1, 3],
  ['[:part]', 4],
  ['[:_part]', 5],
  ['[{:_part [:name]}]', 5],
  ['[{:_part [*]}]', 5],
  ['[:_spec]', 7],
  ['[:name {:friend ...}]', 1, 2, 3, 11],
  ['[:name {:friend 1}]', 1, 2, 3],
  ['[:name {:friend 2}]', 1, 2, 3],
  ['[{:best ...}]', 10, 12],
  ['[:db/id {:friend ...}]', 1],
  ['[{:friend [:name]}]', 1, 11],
  ['[{:friend [*]}]', 1, 11],
  ['[:name {:_friend ...}]', 1, 2],
  ['[{:friend 1} {:best 1}]', 1, 3],
  ['[* {:friend 1}]', 1, 2],
  ['[* {:friend ...}]', 2],
  ['[* {:part [:name]}]', 4],
  ['[{:friend [:name {:friend 1}]}]', 1],
  ['[:name {:friend [:name {:best ...} {:friend ...}]}]', 1, 2],
  ['[[:aka :limit 1] [:name :as :n]]', 1, 2],
  ['[(limit :aka 1) (default :zip 3)]', 1],
  ['[[:zip :default "none"]]', 1],
  ['[{[:friend :default 5] [:name]}]', 1, 5],
  ['[[:_friend :limit 1]]', 3],
]

const QUERIES = [
  '[:find ?e ?n :where [?e :name ?n]]',
  '[:find [?n ...] :where [?e :friend ?f] [?f :name ?n]]',
  '[:find ?e ?f :where [?e :friend ?f] (not [?f :friend ?e])]',
  '[:find ?e ?f :where [?e :friend ?f] (not-join [?f] [?f :best])]',
  '[:find ?e ?x :where [?e :friend] (or [?e :name ?x] [?e :best ?x])]',
  '[:find ?e :where (or-join [?e] (and [?e :friend ?f] [?f :best]) [?e :spec])]',
  '[:find ?e ?x :where [?e :name] [(get-else $ ?e :zip "none") ?x]]',
  '[:find ?e ?a ?v :where [?e :name] [(get-some $ ?e :spec :aka) [?a ?v]]]',
  '[:find ?e :where [?e :name] [(missing? $ ?e :friend)]]',
  '[:find ?e (count ?f) (max ?f) (min 2 ?f) :where [?e :friend ?f]]',
  '[:find (sum ?f) (avg ?f) (median ?f) :with ?e :where [?e :friend ?f]]',
  '[:find (sum ?f) . :where [_ :friend ?f]]',
  '[:find [?e ?f] :where [?e :spec ?f]]',
  '[:find ?e . :where [?e :nothing]]',
  '[:find ?f :with ?e :where [?e :friend ?f] [?f :name]]',
  '[:find ?x ?y :where [?x :friend ?y] [(< ?x ?y)]]',
  '[:find ?a ?b :in $ % :where (linked ?a ?b)]',
  '[:find ?b :in $ % :where (linked 1 ?b)]',
  '[:find ?a :in $ % :where [?a :name] (linked ?a 3)]',
  '[:find (pull ?e [:name {:friend [:name]}]) :where [?e :friend 1]]',
]

const RULES = '[[(linked ?a ?b) [?a :friend ?b]] [(linked ?a ?b) [?a :friend ?m] (linked ?m ?b)]]'

describe('what npm datascript answers', () => {
  let ours: Database
  let theirs: unknown
  before(() => {
    const data = FACTS.map(([e, a, v]) => `[:db/add ${e} :${a} ${JSON.stringify(v)}]`)
    ours = run(emptyFacts(SCHEMA), `[${data.join(' ')}]`).after
    const schema = {
      aka: MANY,
      best: REF,
      friend: {...REF, ...MANY},
      part: {...REF, ...MANY, ...COMPONENT},
      spec: {...REF, ...COMPONENT},
    }
    theirs = datascript.db_with(
      datascript.empty_db(schema),
      FACTS.map((fact) => [':db/add', ...fact]),
    )
  })

  for (const [selector, ...entities] of SELECTORS)
    for (const e of entities)
      it(`is pulled, too: ${selector} of ${e}`, () => {
        const expected = datascript.pull(theirs, withTexts(selector), e)
        expect(plain(runSync(runPull(ours, selector, e, NO_LIMITS)))).deep.equal(sorted(expected))
      })

  for (const query of QUERIES)
    it(`is found, too: ${query}`, () => {
      const inputs = query.includes('%') ? [RULES] : []
      const expected = datascript.q(withTexts(query), theirs, ...inputs.map((input) => withTexts(input)))
      expect(plain(runSync(runQuery(query, [ours, ...inputs], NO_LIMITS)))).deep.equal(sorted(expected))
    })
})

/** Attributes as texts. Keywords of the language stay. */
function withTexts(edn: string): string {
  return edn.replaceAll(/:(name|aka|friend|best|part|spec|zip|nothing|n|_\w+)\b/g, '"$1"')
}

/** A result as datascript has it: keywords and the keys of maps are texts. Rows are in the order of their texts. */
function plain(value: Value): unknown {
  return sorted(untagged(value))
}

function untagged(value: Value): unknown {
  if (value instanceof Keyword) return value.namespace === 'db' ? String(value) : value.fqn
  if (value instanceof ValueMap)
    return Object.fromEntries(Array.from(value, ([key, item]) => [String(untagged(key)), untagged(item)]))
  if (value instanceof List || value instanceof ValueSet || Array.isArray(value))
    return Array.from(value as Iterable<Value>, (item) => untagged(item))
  return toJson(value)
}

function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return [...value].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
