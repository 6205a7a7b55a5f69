import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {transact} from '../../../src/engine/transact/transact.js'
import {A} from '../../../src/logseq/attributes.js'
import {ordersBetween} from '../../../src/logseq/order-keys.js'
import {applyOperations} from '../../../src/logseq/outliner/apply.js'
import {ChildLists} from '../../../src/logseq/outliner/child-lists.js'
import {Draft} from '../../../src/logseq/outliner/draft.js'
import {keyword as k, Uuid} from '../../../src/values/scalars.js'
import {type Value, ValueMap} from '../../../src/values/types.js'
import {used} from '../../support/computing.js'
import {useGoldenGraph} from '../../support/golden-graph.js'
import {Dice} from '../../support/outline-actions.js'
import {SEED} from '../../support/seed.js'

const COUNT = 50_000
const TRIES = 3

/** Processor time between two pauses, and in all, in ms. Before, a move of 20 blocks took 150 at once and 3300 in all. */
const MAX_SLICE_MS = 60
const MAX_MS = 1200

const idOf = (n: number) => new Uuid(`eeeeeeee-0000-4000-8000-${String(n).padStart(12, '0')}`)
const map = (entries: Record<string, Value>) => new ValueMap(Object.entries(entries).map(([key, v]) => [k(key), v]))

/** Puts blocks under the library. */
function withBlocks(db: StoredDatabase, count: number): StoredDatabase {
  const page = libraryOf(db)
  const facts = ordersBetween(null, null, count).map((order, i) =>
    map({
      'block/created-at': 1,
      'block/order': order,
      'block/page': page,
      'block/parent': page,
      'block/title': `block ${i}`,
      'block/updated-at': 1,
      'block/uuid': idOf(i),
    }),
  )
  return runSync(transact(db, facts, NO_LIMITS)).after
}

function libraryOf(db: StoredDatabase): number {
  return db.first(undefined, A.name, 'library')!.e
}

let made = 0
const making = () => ({ending: () => '', now: 2, uuid: () => idOf(9_000_000 + made++)})

describe('a page with many blocks', function () {
  this.timeout(600_000)
  let start: StoredDatabase
  useGoldenGraph('outliner-g1.sqlite', (opened) => {
    start = opened
  })

  describe('is changed in short steps, and little time', () => {
    let db: StoredDatabase
    before(() => {
      db = withBlocks(start, COUNT)
    })
    const middle = idOf(COUNT / 2)
    const twenty = Array.from({length: 20}, (_, i) => idOf(i))
    const blocks = Array.from({length: 20}, () => map({'block/title': 'new'}))
    const besides = map({'sibling?': true})
    for (const [name, args] of [
      ['insert-blocks', [blocks, middle, besides]],
      ['indent-outdent-blocks', [[middle], true, map({})]],
      ['move-blocks', [twenty, middle, besides]],
      ['move-blocks-up-down', [[middle], true]],
    ] as const)
      it(`by ${name}`, () => {
        const runs = Array.from({length: TRIES}, () => measured(db, [k(name), args as unknown as Value]))
        expect(Math.min(...runs.map(({slice}) => slice))).to.be.lessThan(MAX_SLICE_MS)
        expect(Math.min(...runs.map(({total}) => total))).to.be.lessThan(MAX_MS)
      })
  })

  it(`has the order that its facts say, after each change (seed ${SEED})`, () => {
    const dice = new Dice(SEED)
    const draft = new Draft(withBlocks(start, 400), making())
    const page = libraryOf(draft.db)
    const [ids, orders] = [draft.owners(A.parent, page), ordersBetween(null, null, 500)]
    for (let round = 0; round < 60; round++) {
      for (let n = dice.below(6); n > 0; n--) change(draft, dice.one(ids), page, dice.one(orders), dice.below(6))
      expect(runSync(draft.childList(page, NO_LIMITS))).to.deep.equal(
        runSync(new ChildLists({datoms: [], db: draft.db}).of(page, NO_LIMITS)),
      )
    }
  })
})

function change(draft: Draft, e: number, page: number, order: string, kind: number): void {
  switch (kind) {
    case 0:
      runSync(draft.remove(e, NO_LIMITS))
      break
    case 1:
      draft.set(e, A.parent, e + 1)
      break
    case 2:
      draft.set(e, A.createdFrom, page)
      break
    case 3:
      draft.drop(e, A.order)
      break
    case 4:
      draft.create(Object.entries({parent: page, order}).map(([name, v]) => [k(`block/${name}`), v]))
      break
    default:
      draft.set(e, A.parent, page)
      draft.set(e, A.order, order)
  }
}

/** @returns the longest time between two pauses, and the whole time of an operation, in ms of processor time */
function measured(db: StoredDatabase, op: Value): {slice: number; total: number} {
  const began = used()
  let [slice, last] = [0, began]
  const shouldYield = () => {
    const now = used()
    slice = Math.max(slice, now - last)
    last = now
    return false
  }

  const request = {era: 'head', ops: [op], options: map({})} as const
  const {txData} = runSync(applyOperations(db, request, making(), {...NO_LIMITS, shouldYield}))
  shouldYield()
  expect(txData).to.not.be.empty
  return {slice, total: used() - began}
}
