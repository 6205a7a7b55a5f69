import {join} from 'node:path'
import {expect} from 'chai'

import type {Datom} from '../../../src/engine/datom.js'
import {EditToken} from '../../../src/engine/index/node.js'
import type {Trees} from '../../../src/engine/storage/kvs-store.js'
import {useSandbox} from '../../support/use.js'
import {datomOf, randomFrom} from '../index/support.js'
import {contentsOf, emptyTrees, insertAll, type Opened, openGraph, removeAll, stateOf} from './support.js'

const DATOMS = 1500

describe('a snapshot', () => {
  let opened: Opened
  const sandbox = useSandbox()
  let trees: Trees
  beforeEach(async () => {
    opened = await openGraph(join(sandbox.dir, 'graph'), 300)
    const datoms = Array.from({length: DATOMS}, (_, n) => datomOf(n))
    trees = opened.kvs.flush(stateOf(insertAll(emptyTrees(opened.kvs), datoms, new EditToken())))
  })
  /** Takes some datoms out and puts others in, and writes that. */
  function write(random: () => number): void {
    const edit = new EditToken()
    for (let i = 0; i < 20; i++) {
      const datom = datomOf(Math.floor(random() * DATOMS * 2))
      const grown = insertAll(trees, [datom], edit)
      trees = grown.eavt === trees.eavt ? removeAll(trees, [datom], edit) : grown
    }

    trees = opened.kvs.flush(stateOf(trees))
  }

  it('shows slow readers the graph as it was when each began, while writers go on', () => {
    const random = randomFrom(4)
    const readers = Array.from({length: 8}, () => {
      write(random)
      const snapshot = opened.kvs.snapshot()
      const expected = contentsOf(trees.eavt)
      return {cursor: trees.eavt.withSource(snapshot).scan(() => 0), expected, found: [] as Datom[], snapshot}
    })
    for (let reading = readers.length; reading > 0;) {
      reading = 0
      for (const {cursor, found} of readers) {
        const batch = cursor.next()
        if (batch) reading++
        found.push(...(batch ?? []))
      }

      write(random)
      expect(opened.kvs.held.cachedDatoms).to.be.at.most(300)
    }

    for (const {expected, found} of readers) expect(found).to.deep.equal(expected)
    expect(opened.kvs.held.keptNodes).to.be.greaterThan(100)
    for (const {snapshot} of readers) snapshot.release()
    expect(opened.kvs.held.keptNodes).to.equal(0)
  })

  it('reads what was not written yet when it was taken', () => {
    const unwritten = insertAll(trees, [datomOf(DATOMS)], new EditToken())
    const snapshot = opened.kvs.snapshot()
    const before = unwritten.eavt.withSource(snapshot)
    const expected = contentsOf(unwritten.eavt)
    trees = opened.kvs.flush(stateOf(unwritten))
    const random = randomFrom(5)
    for (let i = 0; i < 20; i++) write(random)
    expect(contentsOf(before)).to.deep.equal(expected)
    snapshot.release()
  })

  it('that is taken while nodes are being encoded shows what stands before they are written', () => {
    const expected = contentsOf(trees.eavt)
    const old = trees
    const changed = Array.from({length: 300}, (_, n) => datomOf(n * 7))
    const task = opened.kvs.flushInSteps(stateOf(removeAll(trees, changed, new EditToken())), {
      shouldYield: () => true,
      reserveRows() {},
    })
    for (let i = 0; i < 50; i++) expect(task.next().done).to.equal(false)
    const snapshot = opened.kvs.snapshot()
    for (; !task.next().done;);
    expect(contentsOf(old.eavt.withSource(snapshot))).to.deep.equal(expected)
    snapshot.release()
  })

  it('costs nothing without a reader', () => {
    opened.kvs.snapshot().release()
    const random = randomFrom(6)
    for (let i = 0; i < 10; i++) write(random)
    expect(opened.kvs.held.keptNodes).to.equal(0)
  })

  it('is released once, and cannot be read after that', () => {
    const first = opened.kvs.snapshot()
    const second = opened.kvs.snapshot()
    first.release()
    first.release()
    write(randomFrom(7))
    expect(opened.kvs.held.keptNodes, 'for the second').to.be.greaterThan(0)
    expect(() => first.load(1_000_001, 0)).to.throw('released')
    second.release()
    expect(opened.kvs.held.keptNodes).to.equal(0)
  })
})
