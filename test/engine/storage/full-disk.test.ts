import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import type {Datom} from '../../../src/engine/datom.js'
import {EditToken} from '../../../src/engine/index/node.js'
import type {Trees} from '../../../src/engine/storage/kvs-store.js'
import {isFull} from '../../../src/lib/sqlite.js'
import {fillDisk, needsDisk} from '../../support/mounts.js'
import {useSandbox} from '../../support/use.js'
import {datomOf} from '../index/support.js'
import {
  contentsOf,
  emptyTrees,
  insertAll,
  openCopy,
  type Opened,
  openGraph,
  rowsOf,
  stateOf,
  storedTrees,
} from './support.js'

const numbers = (from: number, to: number): Datom[] => Array.from({length: to - from}, (_, i) => datomOf(from + i))

function errorOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }

  return undefined
}

describe('a full disk', () => {
  const sandbox = useSandbox()

  /** Writes until there is no room, then sees to it that nothing was lost, and goes on once there is. */
  async function expectSound(opened: Opened, fill: () => void, makeRoom: () => void): Promise<void> {
    const {kvs} = opened
    let trees: Trees = kvs.flush(stateOf(insertAll(emptyTrees(kvs), numbers(0, 1000), new EditToken())))
    fill()
    let count = 1000
    let error: unknown
    let unwritten: Trees
    do {
      unwritten = insertAll(trees, numbers(count, count + 500), new EditToken())
      error = errorOf(() => {
        trees = kvs.flush(stateOf(unwritten))
        count += 500
      })
    } while (error === undefined && count < 100_000)

    expect(isFull(error), String(error)).to.equal(true)
    const snapshot = kvs.snapshot()
    const rows = rowsOf(opened)
    expect(contentsOf(trees.eavt).length, 'in memory').to.equal(count)
    expect(contentsOf(unwritten.eavt).length, 'what was not written').to.equal(count + 500)
    expect(contentsOf(storedTrees(kvs).eavt).length, 'in the file').to.equal(count)
    expect(isFull(errorOf(() => kvs.flush(stateOf(unwritten)))), 'again').to.equal(true)
    expect(rowsOf(opened)).to.deep.equal(rows)
    makeRoom()
    const before = trees.eavt.withSource(snapshot)
    trees = kvs.flush(stateOf(unwritten))
    expect(contentsOf(before).length, 'for who read on').to.equal(count)
    snapshot.release()
    const copy = await openCopy(opened, join(sandbox.dir, 'copy'))
    const found = storedTrees(copy.kvs)
    for (const tree of [found.eavt, found.aevt, found.avet])
      expect(contentsOf(tree)).to.deep.equal(numbers(0, count + 500).sort(tree.comparator))
  }

  it('leaves graph and memory as they were, and it goes on once there is room', async () => {
    const opened = await openGraph(join(sandbox.dir, 'graph'))
    await expectSound(
      opened,
      () => opened.store.db.exec('PRAGMA max_page_count = 300'),
      () => opened.store.db.exec('PRAGMA max_page_count = 100000'),
    )
  })

  it('does so on a real one, too small', async function () {
    const dir = join(sandbox.dir, 'small')
    const mounted = needsDisk(this, dir, '3m')

    try {
      const opened = await openGraph(join(dir, 'graph'))
      await expectSound(
        opened,
        () => fillDisk(dir),
        () => rmSync(join(dir, 'filler')),
      )
    } finally {
      mounted.unmount()
    }
  })

  it('refuses a tail, and keeps the one before', async function () {
    const dir = join(sandbox.dir, 'small')
    const mounted = needsDisk(this, dir, '3m')

    try {
      const {kvs} = await openGraph(join(dir, 'graph'))
      kvs.flush(stateOf(insertAll(emptyTrees(kvs), numbers(0, 1000), new EditToken())))
      kvs.writeTail([numbers(1000, 1001)])
      fillDisk(dir)
      const long = [numbers(1000, 3000)]
      expect(isFull(errorOf(() => kvs.writeTail(long)))).to.equal(true)
      expect(kvs.readTail()).to.deep.equal([numbers(1000, 1001)])
      rmSync(join(dir, 'filler'))
      kvs.writeTail(long)
      expect(kvs.readTail()).to.deep.equal(long)
    } finally {
      mounted.unmount()
    }
  })
})
