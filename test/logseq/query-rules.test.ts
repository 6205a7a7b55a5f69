import {expect} from 'chai'

import {runQuery} from '../../src/engine/query/query.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import type {Connection} from '../../src/logseq/connection.js'
import {queryRules} from '../../src/logseq/query-rules.js'
import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import type {Value} from '../../src/values/types.js'
import {GraphFiles} from '../engine/graph-file.js'

const uuid = (n: number) => `#uuid "cccccccc-0000-4000-8000-${String(n).padStart(12, '0')}"`

/** Two pages, a journal, a class below another, a number property, and tasks; entities by tempids, named by their titles. */
const EDITS = `[
  {:db/id -1 :block/uuid ${uuid(1)} :block/name "home" :block/title "Home" :block/tags :logseq.class/Page}
  {:db/id -2 :block/uuid ${uuid(2)} :block/name "mar 1st, 2026" :block/title "Mar 1st, 2026" :block/journal-day 20260301}
  {:db/id -3 :block/uuid ${uuid(3)} :block/name "thing" :block/title "Thing" :db/ident :user.class/Thing :block/tags :logseq.class/Tag}
  {:db/id -4 :block/uuid ${uuid(4)} :block/name "book" :block/title "Book" :db/ident :user.class/Book :block/tags :logseq.class/Tag
   :logseq.property.class/extends -3}
  {:db/id -5 :block/uuid ${uuid(5)} :block/name "pages" :block/title "Pages" :db/ident :user.property/pages :block/tags :logseq.class/Property
   :db/valueType :db.type/ref :db/cardinality :db.cardinality/one :db/index true :logseq.property/type :number}
  {:db/id -6 :block/uuid ${uuid(6)} :logseq.property/value 320 :block/page -1 :block/parent -10}
  {:db/id -10 :block/uuid ${uuid(10)} :block/title "Ulysses" :block/page -1 :block/parent -1 :block/tags [-4] :user.property/pages -6}
  {:db/id -11 :block/uuid ${uuid(11)} :block/title "Write" :block/page -1 :block/parent -10 :block/tags [:logseq.class/Task]
   :logseq.property/status :logseq.property/status.doing :logseq.property/priority :logseq.property/priority.high}
  {:db/id -12 :block/uuid ${uuid(12)} :block/title "Buy" :block/page -2 :block/parent -2 :block/tags [:logseq.class/Task] :block/refs [-1]}
  {:db/id -13 :block/uuid ${uuid(13)} :block/title "Done" :block/page -2 :block/parent -2 :block/tags [:logseq.class/Task]
   :logseq.property/status :logseq.property/status.done}
  {:db/id -1 :block/alias [-3]}]`

/** Conditions on `?b`, and the titles of what they find. */
const FOUND: ReadonlyArray<readonly [condition: string, titles: readonly string[]]> = [
  ['(task ?b #{"Doing"})', ['Write']],
  ['(task ?b #{"Todo" "Doing"})', ['Buy', 'Write']],
  ['(task ?b ["done"])', ['Done']],
  ['(task ?b #{:logseq.property/status.todo})', ['Buy']],
  ['(task ?b #{"Todo" "Done"}) (not (task ?b #{"Done"}))', ['Buy']],
  ['(priority ?b #{"High" "Low"})', ['Write']],
  ['(property ?b :user.property/pages 320)', ['Ulysses']],
  ['(property ?b :user.property/pages 321)', []],
  ['(property ?b :logseq.property/status "Done")', ['Done']],
  ['(property ?b :block/journal-day 20260301)', ['Mar 1st, 2026']],
  ['(has-property ?b :user.property/pages)', ['Ulysses']],
  ['(page-property ?b :user.property/pages 320)', []],
  ['(has-tag ?b "book")', ['Ulysses']],
  ['(has-tag ?b "Thing")', ['Ulysses']],
  ['(tags ?b #{"Book" "Task"})', ['Buy', 'Done', 'Ulysses', 'Write']],
  ['(tags ?b [:user.class/Thing])', ['Ulysses']],
  ['(page ?b "Home") [?b :block/title]', ['Ulysses', 'Write']],
  ['(page-ref ?b "home")', ['Buy']],
  ['(has-ref ?b ?r) [?r :block/name "home"]', ['Buy']],
  ['(block-content ?b "lyss")', ['Ulysses']],
  ['(between ?b 20260228 20260302)', ['Buy', 'Done']],
  ['(between ?b 20260302 20260305)', []],
  ['[?p :block/name "home"] (parent ?p ?b) [?b :block/title]', ['Ulysses', 'Write']],
  ['[?c :db/ident :user.class/Book] (class-extends ?c ?b)', ['Thing']],
  ['[?p :block/name "thing"] (alias ?p ?b)', ['Home']],
]

describe('the rules that queries may call', () => {
  const files = new GraphFiles()
  let connection: Connection
  before(() => {
    files.make(EDITS)
    connection = files.connect()
  })
  after(() => files.dispose())

  const ask = (query: string, ...inputs: readonly Value[]): Value => {
    const {db, release} = connection.snapshot()
    try {
      return runSync(runQuery(query, [db, ...inputs], NO_LIMITS, {rules: queryRules()}))
    } finally {
      release()
    }
  }

  const titles = (found: Value): string[] => [...(found as Iterable<readonly [string]>)].map(([title]) => title).sort()

  for (const [condition, expected] of FOUND)
    it(`find ${expected.join(', ') || 'nothing'} by ${condition}`, () => {
      expect(titles(ask(`[:find ?title :where ${condition} [?b :block/title ?title]]`))).to.deep.equal(expected)
    })

  it('find a value, too', () => {
    expect(writeEdn(ask('[:find ?v . :where (property ?b :user.property/pages ?v)]'))).to.equal('320')
  })

  it('are there without %, with % that nothing is given for, and beside rules that are given', () => {
    const own = readEdn('[[(buying ?b) (task ?b #{"Todo"}) [?b :block/title "Buy"]]]')
    const find = '[:find ?title'
    expect(titles(ask(`${find} :in $ % :where (task ?b #{"Todo"}) [?b :block/title ?title]]`))).to.deep.equal(['Buy'])
    expect(titles(ask(`${find} :in $ % ?s :where (task ?b ?s) [?b :block/title ?title]]`, ['Todo']))).to.deep.equal([
      'Buy',
    ])
    expect(titles(ask(`${find} :in $ % :where (buying ?b) [?b :block/title ?title]]`, own))).to.deep.equal(['Buy'])
  })

  it('are replaced by a passed rule of the same name', () => {
    const own = readEdn('[[(task ?b ?s) [?b :block/name ?s]]]')
    const query = '[:find ?title :in $ % :where (task ?b "home") [?b :block/title ?title]]'
    expect(titles(ask(query, own))).to.deep.equal(['Home'])
  })
})
