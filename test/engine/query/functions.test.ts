import {expect} from 'chai'

import {ask, refusal} from './small-graph.js'

/** Calls, and what they give. */
const CALLS: ReadonlyArray<readonly [call: string, result: string]> = [
  ['(= 1 1 1)', 'true'],
  ['(= [1 "a"] [1 "a"])', 'true'],
  ['(= 1 "1")', 'false'],
  ['(== 1 1)', 'true'],
  ['(not= :a :b)', 'true'],
  ['(!= 1 1)', 'false'],
  ['(< 1 2 3)', 'true'],
  ['(< 1 3 2)', 'false'],
  ['(<= 1 1 2)', 'true'],
  ['(> "b" "a")', 'true'],
  ['(>= 2 2 1)', 'true'],
  ['(<= ##Inf ##Inf)', 'true'],
  ['(>= ##-Inf ##-Inf)', 'true'],
  ['(<= ##NaN ##NaN)', 'false'],
  ['(compare "a" "b")', '-1'],
  ['(+)', '0'],
  ['(+ 1 2 3)', '6'],
  ['(- 5)', '-5'],
  ['(- 5 2 1)', '2'],
  ['(* 2 3)', '6'],
  ['(/ 1 4)', '0.25'],
  ['(/ 4)', '0.25'],
  ['(quot -7 2)', '-3'],
  ['(rem -7 2)', '-1'],
  ['(mod -7 2)', '1'],
  ['(inc 1)', '2'],
  ['(dec 1)', '0'],
  ['(max 1 3 2)', '3'],
  ['(min 1 3 2)', '1'],
  ['(zero? 0)', 'true'],
  ['(pos? 1)', 'true'],
  ['(neg? 1)', 'false'],
  ['(even? 2)', 'true'],
  ['(odd? -1)', 'true'],
  ['(rand-int 1)', '0'],
  ['(true? true)', 'true'],
  ['(false? nil)', 'false'],
  ['(nil? nil)', 'true'],
  ['(some? nil)', 'false'],
  ['(not nil)', 'true'],
  ['(and 1 false 2)', 'false'],
  ['(and 1 2)', '2'],
  ['(and)', 'true'],
  ['(or false nil 3)', '3'],
  ['(identity :a)', ':a'],
  ['(identical? :a :a)', 'true'],
  ['(keyword "a" "b")', ':a/b'],
  ['(keyword "a")', ':a'],
  ['(name :a/b)', '"b"'],
  ['(namespace :a/b)', '"a"'],
  ['(vector 1 2)', '[1 2]'],
  ['(tuple 1 2)', '[1 2]'],
  ['(untuple [1 2])', '[1 2]'],
  ['(list 1 2)', '(1 2)'],
  ['(set [1 1 2])', '#{1 2}'],
  ['(hash-map :a 1)', '{:a 1}'],
  ['(array-map :a 1)', '{:a 1}'],
  ['(count "abc")', '3'],
  ['(count nil)', '0'],
  ['(count {:a 1})', '1'],
  ['(range 3)', '[0 1 2]'],
  ['(range 1 7 2)', '[1 3 5]'],
  ['(not-empty [1])', '[1]'],
  ['(empty? [])', 'true'],
  ['(contains? #{1} 1)', 'true'],
  ['(contains? {:a 1} :b)', 'false'],
  ['(contains? [5] 0)', 'true'],
  ['(contains? nil 0)', 'false'],
  ['(get {:a 1} :a)', '1'],
  ['(get {:a 1} :b 2)', '2'],
  ['(get #{1} 1)', '1'],
  ['(get [5 6] 1)', '6'],
  ['(first [1 2])', '1'],
  ['(last [1 2])', '2'],
  ['(str "a" 1 :b nil [1])', '"a1:b[1]"'],
  ['(subs "abcd" 1 3)', '"bc"'],
  ['(subs "abcd" 2)', '"cd"'],
  ['(pr-str "a" 1)', String.raw`"\"a\" 1"`],
  ['(print-str "a" 1)', '"a 1"'],
  ['(print-str nil :b)', '"nil :b"'],
  ['(print-str #inst "2026-01-01T00:00:00.000Z")', String.raw`"#inst \"2026-01-01T00:00:00.000Z\""`],
  ['(re-find #"b+" "abbc")', '"bb"'],
  ['(re-find #"(b)(x)?" "abbc")', '["b" "b" nil]'],
  ['(re-matches #"a.c" "abc")', '"abc"'],
  ['(re-seq #"[ab]" "abc")', '["a" "b"]'],
  ['(re-pattern "a+")', '#"a+"'],
  ['(number? 1)', 'true'],
  ['(integer? 1.5)', 'false'],
  ['(string? "a")', 'true'],
  ['(boolean? false)', 'true'],
  ['(keyword? :a)', 'true'],
  ['(map? {})', 'true'],
  ['(vector? [])', 'true'],
  ['(uuid? #uuid "00000000-0000-0000-0000-000000000001")', 'true'],
  ['(clojure.string/blank? " ")', 'true'],
  ['(clojure.string/blank? nil)', 'true'],
  ['(clojure.string/includes? "abc" "b")', 'true'],
  ['(clojure.string/starts-with? "abc" "ab")', 'true'],
  ['(clojure.string/ends-with? "abc" "ab")', 'false'],
  ['(clojure.string/lower-case "aBc")', '"abc"'],
  ['(string/upper-case "aBc")', '"ABC"'],
  ['(clojure.string/capitalize "aBc")', '"Abc"'],
  ['(clojure.string/trim " a ")', '"a"'],
  ['(clojure.string/join "," [1 "b"])', '"1,b"'],
  ['(clojure.string/join [1 2])', '"12"'],
  ['(clojure.string/index-of "abc" "c")', '2'],
  ['(clojure.string/replace "abab" "b" "c")', '"acac"'],
  ['(clojure.string/replace "abab" #"(b)" "<$1>")', '"a<b>a<b>"'],
  ['(clojure.string/split "a, b,,c,," #", *")', '["a" "b" "" "c"]'],
]

/** Calls that give nothing, so that there is no row. */
const NOTHING = [
  '(and nil)',
  '(and 1 nil 2)',
  '(first [])',
  '(get {} :a)',
  '(re-find #"x" "a")',
  '(clojure.string/index-of "a" "x")',
  '(or nil)',
  '(namespace :a)',
  '(re-seq #"x" "a")',
]

/** Calls with arguments of the wrong kind, and how the message goes on after the name. */
const WRONG: ReadonlyArray<readonly [call: string, message: string]> = [
  ['(+ 1 "a")', 'expected a number, got "a"'],
  ['(/ 0)', 'division by zero'],
  ['(mod 1 0)', 'division by zero'],
  ['(even? 1.5)', 'expected a whole number, got 1.5'],
  ['(count 5)', 'expected a collection, got 5'],
  ['(contains? 5 1)', 'expected a map, set or vector, got 5'],
  ['(hash-map 1)', 'expected a value for each key'],
  ['(subs "abc" 2 1)', 'expected positions within the 3 characters, got 2 and 1'],
  ['(subs 5 1)', 'expected a string, got 5'],
  ['(clojure.string/trim 5)', 'expected a string, got 5'],
  ['(re-find #"(" "a")', '#"(" cannot be used'],
  [String.raw`(re-find #"(a)\1" "a")`, String.raw`#"(a)\1" cannot be used`],
  ['(range 0 1 0)', 'the range would have more than'],
  ['(name 5)', 'expected a string, got 5'],
]

describe('the functions of queries', () => {
  for (const [call, result] of CALLS)
    it(`${call} is ${result}`, () => {
      expect(ask(`[:find [?x ...] :in :where [${call} ?x]]`)).equal(`[${result}]`)
    })

  for (const call of NOTHING)
    it(`${call} gives no row`, () => {
      expect(ask(`[:find [?x ...] :in :where [${call} ?x]]`)).equal('[]')
    })

  for (const [call, message] of WRONG)
    it(`${call} is refused`, () => {
      expect(refusal(`[:find ?x . :in :where [${call} ?x]]`))
        .includes('400 invalid-query')
        .includes(`: ${message}`)
    })

  it('make nothing that grows beyond all bounds', () => {
    const doubled = (name: string, count: number) =>
      Array.from({length: count}, (_, i) => `[(${name} ?x${i} ?x${i}) ?x${i + 1}]`).join(' ')
    const query = (name: string) => `[:find ?x40 . :in ?x0 :where ${doubled(name, 40)}]`
    expect(refusal(query('str'), 'text')).includes('str: the text would have more than')
    expect(refusal(query('vector'), 1)).includes('vector: the collection would have more than')
    expect(refusal(query('list'), 1)).includes('list: the collection would have more than')
    expect(refusal(query('hash-map'), 1)).includes('hash-map: the collection would have more than')
  })

  it('match no text that would take seconds', () => {
    expect(refusal('[:find ?x :in ?text :where [(re-find #"(a+)+b" ?text) ?x]]', 'a'.repeat(1_000_000))).includes(
      're-find: a text of 1000000 characters is too long',
    )
  })
})
