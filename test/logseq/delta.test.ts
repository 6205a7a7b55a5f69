import {expect} from 'chai'

import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import {transact} from '../../src/engine/transact/transact.js'
import {deltaOf} from '../../src/logseq/delta.js'
import {applyOperations} from '../../src/logseq/outliner/apply.js'
import {writeRules} from '../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {keyword as k, Uuid} from '../../src/values/scalars.js'
import {ValueMap} from '../../src/values/types.js'
import {childrenIn, namesIn, patchChildren} from '../support/children.js'
import {useGoldenGraph} from '../support/golden-graph.js'

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const [HOME, FIRST, CHILD, NEW] = [uuid(1), uuid(10), uuid(11), uuid(99)]

describe('the delta of a write', () => {
  let db: StoredDatabase
  useGoldenGraph('outliner-g1.sqlite', (opened) => {
    db = opened
  })

  /** Runs operations, and describes what they wrote. */
  function written(ops: string, options = '{}'): {after: StoredDatabase; delta: ValueMap; tx: number} {
    let made = 500
    const making = {ending: () => '', now: Date.UTC(2026, 0, 15), uuid: () => new Uuid(uuid(made++))}
    const request = {era: 'head' as const, ops: readEdn(ops), options: readEdn(options) as ValueMap}
    const {txData, txMeta} = runSync(applyOperations(db, request, making, NO_LIMITS))
    const report = runSync(transact(db, txData, NO_LIMITS, writeRules(txMeta)))
    const change = {db: report.after, repo: 'logseq_db_demo', txData: report.txData, txMeta}
    return {after: report.after, delta: runSync(deltaOf(change, NO_LIMITS))!, tx: report.after.maxTx}
  }

  const children = (delta: ValueMap, parent: string, part: string) => {
    const patch = [...(delta.get(k('children')) as ValueMap)].find(([key]) => String(key) === parent)?.[1] as ValueMap
    return writeEdn(patch.get(k(part))!)
  }

  it('has the blocks that changed, as they are now, and their places', () => {
    const insert = `[[:insert-blocks [[{:block/uuid #uuid "${NEW}" :block/title "new"}] #uuid "${FIRST}" {:keep-uuid? true}]]]`
    const {delta, tx} = written(insert, '{:db-sync/tx-id "op-1"}')
    const head = [k('graph-id'), k('rev'), k('op-id')].map((key) => delta.get(key))
    expect(head).to.deep.equal(['logseq_db_demo', tx, 'op-1'])
    expect(namesIn(delta, 'blocks')).to.include(NEW)
    const block = [...(delta.get(k('blocks')) as ValueMap)].find(([key]) => String(key) === NEW)![1] as ValueMap
    expect(block.get(k('block/title'))).to.equal('new')
    expect(children(delta, FIRST, 'upsert')).to.equal(`[[#uuid "${NEW}" "a0"]]`)
    expect(children(delta, FIRST, 'remove')).to.equal('[]')
  })

  it('has blocks that left a parent, and those that came to another', () => {
    const {delta} = written(`[[:move-blocks [[#uuid "${CHILD}"] #uuid "${HOME}" {:bottom? true}]]]`)
    expect(children(delta, FIRST, 'remove')).to.equal(`[[#uuid "${CHILD}" "a1"]]`)
    expect(children(delta, HOME, 'upsert')).to.contain(CHILD)
  })

  for (const [what, ops] of [
    ['deleted', `[[:delete-blocks [[#uuid "${FIRST}"] nil]]]`],
    ['recycled', `[[:delete-page [#uuid "${FIRST}" nil]]]`],
    ['made values', `[[:batch-set-property [[#uuid "${FIRST}"] :user.property/notes ["a" "b"] nil]]]`],
    ['put on another page', `[[:move-blocks [[#uuid "${FIRST}"] #uuid "${uuid(2)}" {:sibling? false}]]]`],
  ] as const) {
    it(`brings the children that a client has to those of the graph where blocks are ${what}`, () => {
      const {after, delta} = written(ops)
      const held = childrenIn(db)
      patchChildren(held, delta)
      expect(held).to.deep.equal(childrenIn(after))
    })
  }

  it('names deleted blocks, and has none of them among the others', () => {
    const {delta} = written(`[[:delete-blocks [[#uuid "${FIRST}"] nil]]]`)
    expect(namesIn(delta, 'deleted')).to.include.members([FIRST, CHILD])
    expect(namesIn(delta, 'blocks')).not.to.include(FIRST)
  })

  it('is missing for a write that is too large to be applied block by block', () => {
    const data = `[${Array.from({length: 10_001}, (_, i) => `{:block/uuid #uuid "${uuid(1000 + i)}" :block/title "x"}`).join(' ')}]`
    const {after, txData} = runSync(transact(db, readEdn(data), NO_LIMITS))
    const change = {db: after, repo: 'logseq_db_demo', txData, txMeta: null}
    expect(runSync(deltaOf(change, NO_LIMITS))).to.equal(undefined)
  })
})
