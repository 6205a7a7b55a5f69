import {expect} from 'chai'

import {runPull} from '../../../src/engine/pull/pull.js'
import {runQuery} from '../../../src/engine/query/query.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {emptyFacts, run} from '../support.js'

const db = run(
  emptyFacts(`{:db/ident {:db/unique :db.unique/identity}
               :block/title {:db/index true}
               :block/parent {:db/valueType :db.type/ref}
               :block/page {:db/valueType :db.type/ref}
               :logseq.property/status {:db/valueType :db.type/ref}
               :file/size {}}`),
  `[{:db/id 1 :db/ident :s/todo :block/title "todo"}
    {:db/id 2 :block/title "a" :block/parent 1 :logseq.property/status 1 :unlisted 1}]`,
).after

const RULES = '[[(titled ?b ?t) [?b :block/titel ?t]] [(has ?b ?a) [?b ?a]] [(deep ?b ?a) (has ?b ?a)]]'
const TITLE = 'the graph has no attribute :block/titel; did you mean :block/title?'

/** What is asked, with which inputs after the graph, and what the query is warned of. */
const WARNINGS: ReadonlyArray<readonly [query: string, inputs: readonly string[], ...warnings: readonly string[]]> = [
  ['[:find ?b :where [?b :block/titel ?t]]', [], TITLE],
  ['[:find ?b :where [?b :block/title ?t] (not [?b :block/titel])]', [], TITLE],
  ['[:find ?b :where [?b :block/title ?t] (or [?b :block/titel] [?b :block/title])]', [], TITLE],
  ['[:find ?b :where [?b :nothing ?t] [?b :block/titel ?t]]', [], 'the graph has no attribute :nothing', TITLE],
  ['[:find ?b :where [?b :block/titel ?t] [?c :block/titel ?t]]', [], TITLE],
  ['[:find ?b :in $ % :where (titled ?b ?t)]', [RULES], TITLE],
  ['[:find ?b :in $ % :where [?b :block/title]]', [RULES]],
  ['[:find ?b :in $ % :where (has ?b :block/titel)]', [RULES], TITLE],
  ['[:find ?b :in $ % :where (deep ?b :block/titel)]', [RULES], TITLE],
  ['[:find ?b :in $ % ?a :where (deep ?b ?a)]', [RULES, ':block/titel'], TITLE],
  ['[:find ?b :in $ ?a :where [?b ?a]]', [':block/titel'], TITLE],
  ['[:find ?b :in $ [?a ...] :where [?b ?a]]', ['[:block/title :block/titel]'], TITLE],
  ['[:find ?b :in $ [[?a ?x]] :where [?b ?a ?x]]', ['[[:block/titel 1]]'], TITLE],
  ['[:find ?b :in $ [?a ?x] :where [?b ?a ?x]]', ['[:block/titel 1]'], TITLE],
  ['[:find ?b :where [(ground :block/titel) ?a] [?b ?a]]', [], TITLE],
  ['[:find (pull ?b [:block/titel]) :where [?b :block/title]]', [], TITLE],
  ['[:find (pull ?b [{:block/parent [:block/titel]}]) :where [?b :block/title]]', [], TITLE],
  ['[:find (pull ?b sel) :in $ sel :where [?b :block/title]]', ['[:block/titel]'], TITLE],
  ['[:find (pull ?b [:db/id * {:block/_parent [*]}]) :where [?b :block/title]]', []],
  ['[:find ?x :where [?b :block/title] [(get-else $ ?b :block/titel :no) ?x]]', [], TITLE],
  ['[:find ?b :where [?b :block/title] [(missing? $ ?b :block/titel)]]', [], TITLE],
  ['[:find ?b :where [?b :block/title] [(missing? $ ?b :block/_parent)]]', []],
  ['[:find ?a :where [?b :block/title] [(get-some $ ?b :block/titel :block/title) [?a _]]]', [], TITLE],
  ['[:find ?b :where [?b :TITLE]]', [], 'the graph has no attribute :TITLE; did you mean :block/title?'],
  ['[:find ?b :where [?b :status]]', [], 'the graph has no attribute :status; did you mean :logseq.property/status?'],
  ['[:find ?b :where [?b :quite/other]]', [], 'the graph has no attribute :quite/other'],
  ['[:find ?b :where [?b :file/size] [?b :unlisted] [?b :db/ident]]', []],
  ['[:find ?b :where [?b :s/todo]]', [], 'the graph has no attribute :s/todo'],
  ['[:find ?b :in $ $r :where [$r ?b :no] [?b :block/title]]', ['[[1 :no]]']],
  ['[:find ?b :where [?b :block/title ?t] [?b ?t ?x]]', []],
  [
    '[:find ?b :where [?b :block/_parent ?c]]',
    [],
    ':block/_parent is not an attribute in a pattern: write [?x :block/parent ?y] with the places exchanged',
  ],
  [
    '[:find ?b :in $ ?s :where [?b :logseq.property/status ?s]]',
    [':s/todo'],
    ':s/todo comes as data, which is never an entity: give [:db/ident :s/todo] for [?b :logseq.property/status ?s]',
  ],
  [
    '[:find ?t :in $ [?s ...] :where [?s :block/title ?t]]',
    ['[:s/todo :s/none 1]'],
    ':s/todo comes as data, which is never an entity: give [:db/ident :s/todo] for [?s :block/title ?t]',
  ],
  [
    '[:find ?b :in $ [?a ?s] :where [?b ?a ?s]]',
    ['[:logseq.property/status :s/todo]'],
    ':s/todo comes as data, which is never an entity: give [:db/ident :s/todo] for [?b ?a ?s]',
  ],
  ['[:find ?t :in $ ?e :where [?e :block/title ?t]]', ['[:block/titel "a"]'], TITLE],
  ['[:find ?t :in $ [?e ...] :where [?e :block/title ?t]]', ['[[:db/ident :s/todo] [:block/titel "a"]]'], TITLE],
  ['[:find ?b :in $ ?p :where [?b :block/parent ?p]]', ['[:block/titel "a"]'], TITLE],
  ['[:find ?b :in $ ?v :where [?b :block/title ?v]]', ['[:block/titel "a"]']],
  ['[:find ?b :in $ ?s :where [?i :db/ident ?s] [?b :logseq.property/status ?i]]', [':s/todo']],
]

function warningsOf(query: string, inputs: readonly string[]): string[] {
  const warnings: string[] = []
  const given = inputs.map((input) => readEdn(input))
  runSync(runQuery(query, [db, ...given], NO_LIMITS, {warn: (message) => warnings.push(message)}))
  return warnings
}

describe('a query', () => {
  for (const [query, inputs, ...warnings] of WARNINGS)
    it(`warns ${warnings.length} times: ${[query, ...inputs].join(' ')}`, () => {
      expect(warningsOf(query, inputs)).to.deep.equal(warnings)
    })

  it('warns of 20 names at most', () => {
    const clauses = Array.from({length: 30}, (_, i) => `[?b :none/x${i}]`).join(' ')
    expect(warningsOf(`[:find ?b :where ${clauses}]`, [])).to.have.length(20)
  })

  it('names the nearest attribute when a nested selection is refused', () => {
    const pull = (selector: string) => () => runSync(runPull(db, selector, 2, NO_LIMITS))
    expect(pull('[{:block/parnt [*]}]')).to.throw(
      'the graph has no attribute :block/parnt; did you mean :block/parent?',
    )
    expect(pull('[{:block/title [*]}]')).to.throw(/needs an attribute that refers to entities, got: :block\/title/)
  })
})
