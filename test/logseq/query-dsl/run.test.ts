import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {runCustom, runDsl} from '../../../src/logseq/query-dsl/run.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {keyword} from '../../../src/values/scalars.js'
import {ValueMap} from '../../../src/values/types.js'
import {reasonOf} from '../../engine/support.js'
import {useGoldenGraph} from '../../support/golden-graph.js'

/** A day among the journals of the graph, which are Mar 1st, 2nd, 15th and Apr 1st, 2026. */
const NOW = new Date(2026, 2, 15, 12)

describe('queries in the short notation', () => {
  let db: StoredDatabase
  useGoldenGraph('lists-a.sqlite', (opened) => {
    db = opened
  })

  const run = (text: string, options = '{}') =>
    runSync(runDsl(db, text, readEdn(options) as ValueMap, {now: NOW, execution: NO_LIMITS}))

  /** The entities that a query finds, in its order. */
  const found = (text: string) => ((run(text) ?? []) as ValueMap[][]).map(([block]) => block!.get(keyword('db/id')))

  for (const [text, ids] of [
    ['#Alpha', [234, 249, 269]],
    ['#[[Alpha]]', [234, 249, 269]],
    ['(page-ref alpha)', [234, 249, 269]],
    ['(or [[Beta]] [[Gamma]])', [216, 234, 241]],
    ['(or (and [[Alpha]] [[Gamma]]) (task doing))', [234, 252]],
    ['(and [[Alpha]] (not [[Gamma]]))', [249, 269]],
    ['(and [[Alpha]] (not (or [[Gamma]] (page [[Leaf]]))))', [249]],
    ['(or (task doing) (and [[Alpha]] (not [[Gamma]])))', [249, 252, 269]],
    ['(task "In Review" DOING)', [252]],
    ['(task [todo doing])', [222, 251, 252, 254]],
    ['(priority urgent)', []],
    ['(property p-num 42)', [216]],
    ['(property "p-num" 42)', [216]],
    ['(property :user.property/p-num)', [216, 235, 239]],
    ['(property p-check true)', [216]],
    ['(property p-choice "Red")', [218]],
    ['(property p-date [[Mar 1st, 2026]])', [218]],
    ['(property no-such 1)', []],
    ['(page-property p-num 7)', [235]],
    ['(tags Person)', [235, 239]],
    ['(tags [[Employee]] [[Book]])', [218, 239, 276]],
    ['(page "beta")', [234, 236]],
    ['(between [[Mar 1st, 2026]] [[Mar 2nd, 2026]])', [249, 251, 252, 253, 254]],
    ['(between [[Mar 2nd, 2026]] [[Mar 1st, 2026]])', [249, 251, 252, 253, 254]],
    ['(between -2w today)', [249, 251, 252, 253, 254, 256]],
    ['(between today +1m)', [256, 258]],
    ['(between 20260301 2026-03-01)', [249]],
    ['(and [[Alpha]] (between updated-at [[Mar 10th, 2026]] today))', [234, 249, 269]],
    ['(between [[Feb 30th, 2026]] today)', undefined],
    ['(and [[Alpha]] (between updated-at 2026-03-10 today))', [234, 249, 269]],
    ['(and [[Alpha]] (between updated-at 2026-03-11 today))', []],
    ['(and [[Alpha]] (sort-by updated-at))', [234, 269, 249]],
    ['(and [[Alpha]] (sort-by updated-at asc))', [249, 269, 234]],
    ['"journal entry"', [249]],
    ['(namespace [[Space]])', [267, 268]],
    ['', []],
    ['  ', []],
  ] as const)
    it(`${ids ? 'finds' : 'refuses'} ${text}`, () => {
      if (ids) expect(found(text)).to.deep.equal(ids)
      else expect(reasonOf(() => run(text))).to.equal('invalid-query')
    })

  it('finds all but what a condition excludes', () => {
    expect(found('(not [[Alpha]])')).to.include.members([216, 214]).and.not.include(249)
  })

  it('takes a sample', () => {
    expect(found('(and [[Alpha]] (sample 2))').length).to.equal(2)
  })

  it('returns what a selector takes, and null for nothing', () => {
    expect(run('(task doing)', '{:block-attrs [:db/id]}')).to.deep.equal([[new ValueMap([[keyword('db/id'), 252]])]])
    expect(run('[[Nope]]')).to.equal(null)
  })

  for (const text of [
    '(and [[Alpha]]',
    '(and [[Alpha',
    '[[Alpha]])',
    '"open',
    '[[Alpha]] [[Beta]]',
    '(nonsense 1)',
    'word',
    '(page)',
    '(task)',
    '((and))',
    `${'('.repeat(5000)}`,
    '(between today)',
    '(between -99999999999d today)',
    '(between created-at -99999999999y today)',
    '(sample x)',
  ])
    it(`refuses ${text.slice(0, 40)}`, () => {
      expect(reasonOf(() => run(text))).to.equal('invalid-query')
    })

  it('runs a query of a map in either notation', () => {
    const custom = (text: string) =>
      runSync(runCustom(db, readEdn(text) as ValueMap, new ValueMap(), {now: NOW, execution: NO_LIMITS}))
    expect(
      custom('{:query [:find [?b ...] :in $ ?day :where [?b :block/journal-day ?day]] :inputs [:today]}'),
    ).to.deep.equal([255])
    expect(custom('{:query (and [[Alpha]] (page [[Leaf]]))}')).to.have.length(1)
    expect(custom('{:query nil}')).to.equal(null)
  })
})
