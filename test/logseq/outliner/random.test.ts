import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {transact, type TxReport} from '../../../src/engine/transact/transact.js'
import {deltaOf} from '../../../src/logseq/delta.js'
import {applyOperations} from '../../../src/logseq/outliner/apply.js'
import {writeRules} from '../../../src/logseq/write-rules/rules.js'
import {keyword as k, Uuid} from '../../../src/values/scalars.js'
import {type Value, ValueMap} from '../../../src/values/types.js'
import {childrenIn, patchChildren} from '../../support/children.js'
import {useGoldenGraph} from '../../support/golden-graph.js'
import {Dice, RandomOperations, shownOperations} from '../../support/outline-actions.js'
import {outlineFaults} from '../../support/outline-invariants.js'
import {rounds} from '../../support/rounds.js'
import {SEED} from '../../support/seed.js'

/** How many sequences are tried, and how many calls each has. */
const SEQUENCES = Number(process.env['OUTLINER_SEQUENCES'] ?? rounds(75, 300))
const CALLS = 6

describe('random operations on an outline', function () {
  this.timeout(3_600_000)
  let start: StoredDatabase
  useGoldenGraph('outliner-g1.sqlite', (opened) => {
    start = opened
  })

  it(`keep the tree, order keys, pages, references and validity (${SEQUENCES} sequences, seed ${SEED})`, () => {
    let written = 0
    for (let n = 0; n < SEQUENCES; n++) written += tryOne(start, SEED * 100_000 + n)
    expect(written, 'calls that wrote something').to.be.greaterThan(SEQUENCES)
  })
})

/** @returns how many calls wrote something */
function tryOne(start: StoredDatabase, seed: number): number {
  const dice = new Dice(seed)
  let made = 0
  const uuid = () => new Uuid(`eeeeeeee-0000-4000-8000-${String(++made).padStart(12, '0')}`)
  const calls: Value[][] = []
  let db = start
  let written = 0
  for (let n = 0; n < CALLS; n++) {
    const ops = new RandomOperations(db, dice, uuid).some()
    calls.push(ops)
    const after = call(db, ops, uuid, () => `seed ${seed}:\n${shownOperations(calls)}`)
    if (after !== db) written++
    db = after
  }

  expect(outlineFaults(db), `seed ${seed}:\n${shownOperations(calls)}`).to.deep.equal([])
  return written
}

/** A call that is refused changes nothing; one that fails in another way is a fault. */
function call(db: StoredDatabase, ops: Value[], uuid: () => Uuid, shown: () => string): StoredDatabase {
  const options = new ValueMap([[k('outliner-op'), k('test')]])
  try {
    const making = {ending: () => '', now: Date.UTC(2026, 0, 15), uuid}
    const {txData, txMeta} = runSync(applyOperations(db, {era: 'head', ops, options}, making, NO_LIMITS))
    if (txData.length === 0) return db
    const report = runSync(transact(db, txData, NO_LIMITS, writeRules(txMeta)))
    expectDelta(db, report, shown)
    return report.after
  } catch (error) {
    if ((error as {code?: string}).code === undefined) throw new Error(shown(), {cause: error})
    return db
  }
}

/** What clients receive of a write has to bring their children of blocks to what the graph has. */
function expectDelta(before: StoredDatabase, {after: db, txData}: TxReport, shown: () => string): void {
  const delta = runSync(deltaOf({db, repo: 'logseq_db_demo', txData, txMeta: null}, NO_LIMITS))!
  const children = childrenIn(before)
  patchChildren(children, delta)
  expect(children, shown()).to.deep.equal(childrenIn(db))
}
