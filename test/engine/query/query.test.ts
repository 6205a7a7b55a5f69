import {expect} from 'chai'

import type {Database} from '../../../src/engine/database.js'
import {ask, refusal, smallGraph} from './small-graph.js'

const RULES = `[[(under ?a ?b) [?b :parent ?a]]
                [(under ?a ?b) [?m :parent ?a] (under ?m ?b)]
                [(double ?a ?b) [?b :parent ?a]]
                [(double ?a ?b) (double ?a ?m) (double ?m ?b)]
                [(old [?p] ?limit) [?p :age ?age] [(< ?limit ?age)]]]`

/** What is asked, with which inputs after the graph, and the result; sets are written as vectors, in order. */
const RESULTS: Record<string, ReadonlyArray<readonly [query: string, inputs: readonly string[], result: string]>> = {
  'the forms of :find': [
    ['[:find ?n ?a :where [?e :name ?n] [?e :age ?a] [?e :parent 1]]', [], '[["Bob" 45]]'],
    ['[:find [?n ...] :where [?e :name ?n] [?e :age 45]]', [], '["Bob" "Cid"]'],
    ['[:find [?n ?a] :where [?e :name ?n] [?e :age ?a] [?e :mail]]', [], '["Cid" 45]'],
    ['[:find ?n . :where [?e :mail] [?e :name ?n]]', [], '"Cid"'],
    ['[:find ?n . :where [?e :nothing] [?e :name ?n]]', [], 'nil'],
    ['[:find [?n ?a] :where [?e :nothing ?a] [?e :name ?n]]', [], 'nil'],
    ['[:find [?e ...] :where [?e :nothing]]', [], '[]'],
    ['[:find ?e :where [?e :nothing]]', [], '[]'],
    ['[:find ?n ?a :keys name age :where [?e :mail] [?e :name ?n] [?e :age ?a]]', [], '[{:name "Cid", :age 45}]'],
    ['[:find ?n ?a :strs name age :where [?e :mail] [?e :name ?n] [?e :age ?a]]', [], '[{"name" "Cid", "age" 45}]'],
    ['[:find [?n ?a] :syms n a :where [?e :mail] [?e :name ?n] [?e :age ?a]]', [], '{n "Cid", a 45}'],
    ['{:find [?n] :where [[?e :mail] [?e :name ?n]]}', [], '[["Cid"]]'],
    ['[:find (pull ?e [:name]) ?a :where [?e :age ?a] [?e :parent 1]]', [], '([{:name "Bob"} 45])'],
    ['[:find [(pull $ ?e ?what) ...] :in $ ?what :where [?e :mail]]', ['[:age]'], '[{:age 45}]'],
    ['[:find (pull ?e what) . :in $ what :where [?e :mail]]', ['[:age]'], '{:age 45}'],
    ['[:find ?age :with ?e :where [?e :age ?age] [(= ?age 45)]]', [], '[[45] [45]]'],
  ],
  aggregates: [
    ['[:find ?a (count ?e) :where [?e :age ?a] [?e :parent]]', [], '([45 2] [7 1])'],
    ['[:find (sum ?a) . :where [_ :age ?a]]', [], '122'],
    ['[:find (sum ?a) . :with ?e :where [?e :age ?a]]', [], '167'],
    ['[:find (avg ?a) (median ?a) (min ?a) (max ?a) :with ?e :where [?e :age ?a]]', [], '([41.75 45 7 70])'],
    ['[:find (min 2 ?a) (max 2 ?a) :with ?e :where [?e :age ?a]]', [], '([[7 45] [45 70]])'],
    ['[:find (max ?k ?a) . :in $ ?k :where [_ :age ?a]]', ['1'], '[70]'],
    ['[:find (variance ?a) (stddev ?a) :where [_ :age ?a] [(< ?a 60)]]', [], '([361 19])'],
    ['[:find (count-distinct ?a) (distinct ?a) :with ?e :where [?e :age ?a] [?e :parent]]', [], '([2 #{45 7}])'],
    ['[:find (count ?e) :where [?e :nothing]]', [], '()'],
    ['[:find (count ?e) . :where [?e :nothing]]', [], 'nil'],
    ['[:find (max ?n) . :where [_ :name ?n]]', [], '"red"'],
  ],
  inputs: [
    ['[:find ?n . :in $ ?e :where [?e :name ?n]]', ['2'], '"Bob"'],
    ['[:find [?n ...] :in $ [?e ...] :where [?e :name ?n]]', ['[3 2 2 99]'], '["Cid" "Bob"]'],
    ['[:find ?n ?x :in $ [?e ?x] :where [?e :name ?n]]', ['[3 :x :ignored]'], '[["Cid" :x]]'],
    ['[:find ?n ?x :in $ [[?e ?x]] :where [?e :name ?n]]', ['[[3 :x] [2 :y] [98 :z]]'], '[["Bob" :y] ["Cid" :x]]'],
    ['[:find ?k ?x :in $ [[?k [?x ...]]]]', ['{:a [1 2] :b []}'], '[[:a 1] [:a 2]]'],
    ['[:find ?x :in $ [_ ?x]]', ['[1 2]'], '[[2]]'],
    ['[:find [?e ...] :in $ ?v :where [?e :parent ?v]]', ['##NaN'], '[]'],
    ['[:find [?e ...] :in $ [?v ...] :where [?e :parent ?v]]', ['[##NaN 2]'], '[3]'],
    ['[:find [?n ...] :in $ ?e :where [?e :name ?n]]', ['##NaN'], '[]'],
    ['[:find [?n ...] :in $ [?e ...] :where [?e :name ?n]]', ['[##NaN 2]'], '["Bob"]'],
    ['[:find [?a ...] :where [?e :age ?a] [(* ?a ##NaN) ?v] [_ :parent ?v]]', [], '[]'],
    ['[:find ?n ?x :in $ $more :where [?e :name ?n] [$more ?n ?x]]', ['[["Ann" 1] ["Eve" 2]]'], '[["Ann" 1]]'],
    ['[:find ?x :in $ $rows :where [$rows ?x 1 ?x]]', ['[[1 1 1] [1 1 2] [3]]'], '[[1]]'],
    ['[:find ?e :in $ ?e :where [?e :age ?a]]', ['[:name "Bob"]'], '[[[:name "Bob"]]]'],
    ['[:find [?c ...] :in $ ?p :where [?c :parent ?p]]', ['[:name "Bob"]'], '[3]'],
    [
      '[:find ?p ?t :in $ [?p ...] [?t ...] :where [?p :tags ?t]]',
      ['[2 [:name "Cid"]]', '[[:db/ident :tag/red] 6]'],
      '[[2 6] [2 [:db/ident :tag/red]] [[:name "Cid"] [:db/ident :tag/red]]]',
    ],
    ['[:find ?a :in $ [?e ...] :where [?e :age ?a]]', ['["text" nil :none [:name] 4]'], '[[7]]'],
  ],
  patterns: [
    ['[:find [?e ...] :where [?e :tags :tag/blue]]', [], '[2]'],
    ['[:find [?v ...] :where [:tag/red :name ?v]]', [], '["red"]'],
    ['[:find [?v ...] :where [[:name "Bob"] :age ?v]]', [], '[45]'],
    ['[:find [?e ...] :where [?e :parent [:name "Bob"]]]', [], '[3]'],
    ['[:find ?a ?v :where [4 ?a ?v]]', [], '[[:age 7] [:name "Dan"] [:parent 3]]'],
    ['[:find ?e ?a :where [?e ?a 45]]', [], '[[2 :age] [3 :age]]'],
    ['[:find ?v :in $ [?a ...] :where [4 ?a ?v]]', ['[:age :name :none "text"]'], '[["Dan"] [7]]'],
    ['[:find [?x ...] :where [?x :age _ ?tx] [1 :age _ ?tx]]', [], '[1 2 3 4]'],
    ['[:find ?op . :where [1 :age _ _ ?op]]', [], 'true'],
    ['[:find [?e ...] :where [?e :age _ _ false]]', [], '[]'],
    ['[:find ?e :where [?e :parent ?e]]', [], '[]'],
    ['[:find [?v ...] :where [1 :aka ?v]]', [], '["A" "Annie"]'],
    ['[:find ?x :where [?x :age ?a] [?y :age ?a] [(not= ?x ?y)]]', [], '[[2] [3]]'],
  ],
  'not and or': [
    ['[:find [?e ...] :where [?e :age] (not [?e :parent])]', [], '[1]'],
    ['[:find [?e ...] :where [?e :age] (not [?e :tags ?t] [?t :name "blue"])]', [], '[1 3 4]'],
    ['[:find [?e ...] :where [?e :age ?a] (not-join [?e] [?e :parent ?p] [?p :age ?a])]', [], '[1]'],
    ['[:find [?e ...] :where [?e :age ?a] (not [?e :parent ?p] [?p :age ?a])]', [], '[1 2 4]'],
    ['[:find [?e ...] :where [?e :age] (not [99 :age])]', [], '[1 2 3 4]'],
    ['[:find [?e ...] :where [?e :age] (not [1 :age])]', [], '[]'],
    ['[:find [?e ...] :where (or [?e :age 7] [?e :mail])]', [], '[4 3]'],
    [
      '[:find ?e ?x :where [?e :parent] (or [?e :mail ?x] (and [?e :age ?x] [(< ?x 10)]))]',
      [],
      '[[3 "cid@x.org"] [4 7]]',
    ],
    ['[:find [?e ...] :where [?e :age ?a] (or [(= ?a 7)] [?e :mail])]', [], '[3 4]'],
    ['[:find [?e ...] :where [?e :age] (or-join [?e] [?e :mail] (and [?e :parent ?p] [?p :mail]))]', [], '[3 4]'],
    ['[:find [?e ...] :where [?e :age] (or-join [[?e]] [?e :mail])]', [], '[3]'],
    ['[:find [?e ...] :in $ $b :where [?e :age] ($b not [?e])]', ['[[1] [2]]'], '[3 4]'],
    ['[:find [?n ...] :where (and [?e :mail] [?e :name ?n])]', [], '["Cid"]'],
  ],
  rules: [
    ['[:find [?b ...] :in $ % :where (under 2 ?b)]', [RULES], '[3 4]'],
    ['[:find [?a ...] :in $ % :where (under ?a 4)]', [RULES], '[3 2 1]'],
    ['[:find ?a ?b :in $ % :where (under ?a ?b)]', [RULES], '[[1 2] [1 3] [1 4] [2 3] [2 4] [3 4]]'],
    ['[:find ?a . :in $ % :where [?a :mail] (under 1 ?a)]', [RULES], '3'],
    ['[:find ?b :in $ % :where (under 2 ?x) (under 1 ?b)]', [RULES], '[[2] [3] [4]]'],
    ['[:find ?a ?b :in $ % :where (double ?a ?b)]', [RULES], '[[1 2] [1 3] [1 4] [2 3] [2 4] [3 4]]'],
    ['[:find [?b ...] :in $ % :where (double 1 ?b) (double ?a ?b) [(= ?a 2)]]', [RULES], '[3 4]'],
    ['[:find [?p ...] :in $ % :where [?p :parent] (old ?p 20)]', [RULES], '[2 3]'],
    ['[:find [?p ...] :in $ % :where [?p :name] (not (under ?p _)) [?p :age]]', [RULES], '[4]'],
    ['[:find [?b ...] :in $ % ?p :where (under ?p ?b)]', [RULES, '[:name "Cid"]'], '[4]'],
    ['[:find [?x ...] :in $ % :where (under ?x ?x)]', [RULES], '[]'],
    ['[:find ?b . :in $ $r % :where ($r under :x ?b) [?b :mail]]', ['[[3 :parent :x]]', RULES], '3'],
  ],
  functions: [
    ['[:find ?x . :where [(ground 5) ?x]]', [], '5'],
    ['[:find [?x ...] :where [(ground [1 2]) [?x ...]]]', [], '[1 2]'],
    ['[:find ?x ?y :where [(ground [[1 2] [3 4]]) [[?x ?y]]]]', [], '[[1 2] [3 4]]'],
    [
      '[:find ?e ?m :where [?e :age] [(get-else $ ?e :mail "none") ?m]]',
      [],
      '[[1 "none"] [2 "none"] [3 "cid@x.org"] [4 "none"]]',
    ],
    [
      '[:find ?e ?a ?v :where [?e :age] [(get-some $ ?e :mail :parent) [?a ?v]]]',
      [],
      '[[2 :parent 1] [3 :mail "cid@x.org"] [4 :parent 3]]',
    ],
    ['[:find [?e ...] :where [?e :age] [(missing? $ ?e :parent)]]', [], '[1]'],
    ['[:find [?e ...] :where [?e :age] [(missing? $ ?e :_parent)]]', [], '[4]'],
    ['[:find [?n ...] :where [_ :name ?n] [(re-find #"^[A-C]" ?n)]]', [], '["Ann" "Bob" "Cid"]'],
    ['[:find [?m ...] :where [_ :name ?n] [(re-find #"(?i)(a)n" ?n) [?m _]]]', [], '["An" "an"]'],
    ['[:find ?e :in $ ?x :where [?e :age ?a] [(+ ?a 1) ?x]]', ['8'], '[[4]]'],
    ['[:find [?x ...] :where [_ :age ?a] [(* ?a 2) ?x] [(> ?x 50)]]', [], '[140 90]'],
    ['[:find ?x . :where [(not-empty []) ?x]]', [], 'nil'],
    ['[:find ?e :where [?e :age ?a] [(<= 40 ?a 50)] [(clojure.string/includes? "Bob" "o")]]', [], '[[2] [3]]'],
  ],
}

describe('a query', () => {
  let db: Database
  before(() => {
    db = smallGraph()
  })

  for (const [what, cases] of Object.entries(RESULTS))
    describe(`has ${what}`, () => {
      for (const [query, inputs, result] of cases)
        it(`${query} ${inputs.join(' ').replaceAll(/\s+/g, ' ').slice(0, 60)}`, () => {
          expect(ask(query, db, ...inputs)).equal(result)
        })
    })
})

/** What is refused, and how the message goes on after `400 invalid-query`. */
const REFUSALS: ReadonlyArray<readonly [query: string, message: string]> = [
  ['[:find ?e', 'the text cannot be read'],
  [`[:find ?e :where [?e :name] [(ground [${'1 '.repeat(125_000)}]) ?x]]`, 'the text has more than 250000 characters'],
  [`[:find ?e :where (or ${'[?e :name] '.repeat(1001)})]`, 'expected at most 1000 clauses in one place, got 1001'],
  [`[:find ?e :where ${`(or ${'[?e :name] '.repeat(900)}) `.repeat(4)}]`, 'the clauses have more than 10000 parts'],
  [`[:find ?e :where [?e :name] [(ground []) [${'_ '.repeat(10_000)}]]]`, 'the clauses have more than 10000 parts'],
  [
    `[:find ?e :in $ [[?e ${Array.from({length: 1000}, (_, i) => `?v${i}`).join(' ')}]] :where [?e :name]]`,
    'expected at most 1000 forms in :in, got 1002',
  ],
  [
    `[:find ${`(pull ?e [${':n '.repeat(501)}]) `.repeat(2)} :where [?e :name]]`,
    'selectors may name at most 1000 attributes',
  ],
  ['5', 'expected a query, a vector or a map with :find, got 5'],
  ['[?e :where]', 'expected a query that starts with :find, got [?e :where]'],
  ['[:where [?e :name]]', 'expected a query, a vector or a map with :find, got [:where'],
  ['[:find :where [?e :name]]', ':find is empty'],
  [
    '[:find ?e :limit 5 :where [?e :name]]',
    'expected a part of a query (:find :in :keys :strs :syms :where :with), got :limit',
  ],
  ['[:find ?e :find ?e]', 'duplicate part of a query: :find'],
  ['[:find e :where [?e :name]]', 'expected a variable, an aggregate or a pull in :find, got e'],
  ['[:find ?x :where [?e :name]]', 'Query for unknown vars: ?x'],
  ['[:find ?e :with ?x :where [?e :name]]', 'Query for unknown vars: ?x'],
  ['[:find ?e :with ?e :where [?e :name]]', '?e is both in :find and in :with'],
  ['[:find (zork ?e) :where [?e :name]]', 'unknown aggregate zork: (zork ?e)'],
  ['[:find (constructor ?e) :where [?e :name]]', 'unknown aggregate constructor'],
  ['[:find (count 5 ?e) :where [?e :name]]', 'too many arguments of count: (count 5 ?e)'],
  ['[:find (min -1 ?e) :where [?e :name]]', 'expected a whole number as the first argument of min in: (min -1 ?e)'],
  ['[:find (sum ?n) :where [?e :name ?n]]', 'sum: expected a number, got "Ann": (sum ?n)'],
  ['[:find (aggregate ?f ?n) :where [?e :name ?n]]', 'functions as inputs are not supported: (aggregate ?f ?n)'],
  ['[:find (pull ?e) :where [?e :name]]', 'expected a variable and a selector in: (pull ?e)'],
  ['[:find (pull ?e what) :where [?e :name]]', 'unknown input what'],
  ['[:find (pull $x ?e [*]) :where [?e :name]]', '$x is not a graph to pull from'],
  ['[:find ?e ?n :keys e :where [?e :name ?n]]', 'expected a key for each of the 2 elements of :find, got 1'],
  ['[:find [?e ...] :keys e :where [?e :name]]', ':keys, :strs and :syms need a :find of rows, such as ?x ?y'],
  ['[:find ?e :in $ ?x :where [?e :name]]', ':in names 1 value beside $, the graph, but got 0'],
  ['[:find ?e :in $ $ :where [?e :name]]', 'duplicate $ in :in'],
  ['[:find ?e :in ?e]', 'expected a value, got the graph, for: ?e'],
  ['[:find ?e :where []]', 'invalid clause: []'],
  ['[:find ?e :where ?e]', 'invalid clause: ?e'],
  ['[:find ?e :where ()]', 'invalid clause: ()'],
  ['[:find ?e :where (?f ?e)]', 'invalid clause: (?f ?e)'],
  ['[:find ?e :where [?e "name" ?n]]', 'expected a keyword as the attribute in: [?e "name" ?n]'],
  ['[:find ?e :where [?e :a 1 2 3 4]]', 'a pattern has at most five places: [?e :a 1 2 3 4]'],
  ['[:find ?e :where [$x ?e :name]]', 'unknown source $x: [$x ?e :name]'],
  ['[:find ?e :where (nope ?e)]', 'unknown rule nope: (nope ?e)'],
  ['[:find ?e :where (not [?e :name])]', 'Insufficient bindings: none of ?e is known before: (not [?e :name])'],
  ['[:find ?e :where [?e :age] (not-join [?e ?x] [?e :name ?x])]', 'Insufficient bindings: ?x not known before'],
  ['[:find ?e :where [?e :age] (not-join [?x] [?e :name])]', '?x is not used in: (not-join [?x] [?e :name])'],
  ['[:find ?e :where [?e :age] (not-join [] [?e :name])]', 'expected a vector of the variables to join by in'],
  ['[:find ?e :where [?e :age] (not)]', 'expected a clause in: (not)'],
  ['[:find ?e :where (or [?e :name] [?e :age ?x])]', '?x does not get a value in every branch of'],
  ['[:find ?e :where (or-join [[?e]] [?e :name])]', 'Insufficient bindings: ?e not known before'],
  ['[:find ?e :where [(< ?e 5)] [?e :age]]', 'Insufficient bindings: ?e not known before: [(< ?e 5)]'],
  ['[:find ?e :where [?e :age] [(zork ?e)]]', 'unknown function zork: [(zork ?e)]'],
  ['[:find ?e :where [?e :age] [(re-fnd ?e)]]', 'unknown function re-fnd; did you mean re-find?: [(re-fnd ?e)]'],
  ['[:find ?e :where [?e :age] [(?f ?e)]]', 'functions as inputs are not supported: [(?f ?e)]'],
  ['[:find ?e :where [?e :age] [(inc ?e) ?x ?y]]', 'expected at most one binding after the function in'],
  ['[:find ?e :where [?e :age] [(inc ?e) 5]]', 'expected a binding such as ?x, [?x ?y] or [?x ...], got 5'],
  ['[:find ?e :where [?e :age] [(inc) ?x]]', 'inc expects 1 argument, got 0: [(inc) ?x]'],
  ['[:find ?e :where [?e :name ?n] [(inc ?n) ?x]]', 'inc: expected a number, got "Ann": [(inc ?n) ?x]'],
  ['[:find ?e :where [?e :name ?n] [(/ 5 0) ?x]]', '/: division by zero'],
  ['[:find ?e :where [?e :name ?n] [(identity ?n) [?x ?y]]]', 'expected a vector for'],
  ['[:find ?e :where [?e :name ?n] [(vector ?n) [?x ?y]]]', 'expected 2 values, got 1, for'],
  ['[:find ?e :where [?e :name ?n] [(re-find #"(?=x)" ?n)]]', 're-find: #"(?=x)" cannot be used'],
  ['[:find ?e :where [?e :name ?n] [(re-find "x" ?n)]]', 're-find: expected a regular expression, got "x"'],
  ['[:find ?e :where [?e :name ?n] [(count $) ?x]]', 'count takes no graph: [(count $) ?x]'],
  ['[:find ?e :where [?e :name ?n] [(missing? ?e :a 1)]]', 'the first argument of missing? is a graph'],
  ['[:find ?e :where [?e :name ?n] [(missing? $ ?n :a)]]', 'missing?: expected an entity, got "Ann"'],
  ['[:find ?e :where [?e :name ?n] [(get-else $ ?e :a nil) ?x]]', 'get-else: expected a default value, got nil'],
  ['[:find ?e :where [?e :name ?n] [(range 1e9) ?x]]', 'range: the range would have more than 100000 numbers'],
]

/** Rules that are refused when `[:find ?x :in $ % :where (r ?x)]` is asked with them. */
const RULE_REFUSALS: ReadonlyArray<readonly [rules: string, message: string]> = [
  ['5', 'expected a vector of rules, got 5'],
  ['[[?x]]', 'expected a rule such as [(name ?x) [?x :attribute]], got [?x]'],
  ['[[(r ?x)]]', 'expected clauses in the rule: [(r ?x)]'],
  ['[[(r) [?x :name]]]', 'expected variables in the head of the rule'],
  ['[[(r ?x ?x) [?x :name]]]', 'duplicate variable ?x'],
  ['[[(r x) [?x :name]]]', 'expected variables'],
  ['[[(or ?x) [?x :name]]]', 'expected a rule such as [(name ?x) [?x :attribute]], got [(or ?x)'],
  ['[[(r ?x) [?x :name]] [(r ?x ?y) [?x :name ?y]]]', 'expected the same arguments in all branches of the rule'],
  ['[[(r ?x ?y) [?x :name ?y]]]', 'the rule r has 2 arguments: (r ?x)'],
  ['[[(r ?x) [?y :name]]]', '?x gets no value in: [(r ?x) [?y :name]]'],
  ['[[(r ?x) [?x :name] (not (r ?x))]]', 'a rule cannot depend on what it does not find itself'],
  ['[[(r ?x) (mine ?x)] [(mien ?x) [?x :name]]]', 'unknown rule mine; did you mean mien?: (mine ?x)'],
  ['[[(r ?x) (s ?x)]]', 'unknown rule s: (s ?x)'],
  ['[[(r ?x) [(< ?x 3)]]]', 'Insufficient bindings: ?x not known before'],
  ['[[(r [?x]) [?x :name]]]', 'Insufficient bindings: an argument of the rule must be known before: (r ?x)'],
]

describe('a malformed query', () => {
  let db: Database
  before(() => {
    db = smallGraph()
  })

  for (const [query, message] of REFUSALS)
    it(`is refused: ${query.slice(0, 100)}`, () => {
      expect(refusal(query, db)).includes(`400 invalid-query ${message}`)
    })

  for (const [rules, message] of RULE_REFUSALS)
    it(`is refused with the rules ${rules}`, () => {
      expect(refusal('[:find ?x :in $ % :where (r ?x)]', db, rules)).includes(`400 invalid-query ${message}`)
    })

  it('names an entity that there is not', () => {
    expect(refusal('[:find ?x :where [?x :tags :colour/green]]', db)).equal(
      '400 invalid-entity-id unknown entity :colour/green',
    )
    expect(refusal('[:find ?x :where [?x :tags :tag/rde]]', db)).equal(
      '400 invalid-entity-id unknown entity :tag/rde; did you mean :tag/red?',
    )
    expect(refusal('[:find ?x :where [[:age 7] :name ?x]]', db)).includes('400 invalid-entity-id')
  })
})
