import {join} from 'node:path'
import {expect} from 'chai'

import type {Datom} from '../../../src/engine/datom.js'
import {EditToken} from '../../../src/engine/index/node.js'
import type {Tree} from '../../../src/engine/index/tree.js'
import {KvsStore} from '../../../src/engine/storage/kvs-store.js'
import {encodeNode} from '../../../src/engine/storage/nodes.js'
import {useSandbox} from '../../support/use.js'
import {datomOf, faults, randomFrom, SortedArray} from '../index/support.js'
import {
  contentsOf,
  emptyTrees,
  insertAll,
  openCopy,
  type Opened,
  openGraph,
  removeAll,
  rowsOf,
  stateOf,
  storedTrees,
} from './support.js'

describe('the store', () => {
  const sandbox = useSandbox()

  const open = (cacheDatoms?: number): Promise<Opened> => openGraph(join(sandbox.dir, 'graph'), cacheDatoms)
  const numbers = (from: number, to: number): Datom[] => Array.from({length: to - from}, (_, i) => datomOf(from + i))

  function expectTrees(trees: Record<'aevt' | 'avet' | 'eavt', Tree>, datoms: readonly Datom[]): void {
    for (const tree of [trees.eavt, trees.aevt, trees.avet]) {
      const sorted = [...datoms].sort(tree.comparator)
      expect(contentsOf(tree)).to.deep.equal(sorted)
      expect(faults(tree, contentsOf(tree))).to.deep.equal([])
    }
  }

  it('keeps a new graph, as it is found when the process dies', async () => {
    const opened = await open()
    const {kvs} = opened
    const trees = kvs.flush(stateOf(insertAll(emptyTrees(kvs), numbers(0, 2000), new EditToken())))
    expectTrees(trees, numbers(0, 2000))
    const copy = await openCopy(opened, join(sandbox.dir, 'copy'))
    expectTrees(storedTrees(copy.kvs), numbers(0, 2000))
    const {maxAddress, maxEid, maxTx, schema} = copy.kvs.readRoot()
    expect([maxEid, maxTx]).to.deep.equal([5003, 0x20_00_00_11])
    expect(schema).to.deep.equal(stateOf(trees).schema)
    expect(copy.kvs.readTail()).to.deep.equal([])
    expect(maxAddress).to.equal(Number(rowsOf(copy).at(-1)!['addr']))
    expect(rowsOf(copy)[2]!['addr']).to.equal(1_000_001)
  })

  it('stores trees without a datom, and with one', async () => {
    const opened = await open()
    const none = opened.kvs.flush(stateOf(emptyTrees(opened.kvs)))
    expectTrees(none, [])
    const one = opened.kvs.flush(stateOf(insertAll(none, [datomOf(0)], new EditToken())))
    expectTrees(storedTrees((await openCopy(opened, join(sandbox.dir, 'one'))).kvs), [datomOf(0)])
    opened.kvs.flush(stateOf(removeAll(one, [datomOf(0)], new EditToken())))
    expectTrees(storedTrees((await openCopy(opened, join(sandbox.dir, 'none'))).kvs), [])
  })

  it('is the sorted array through 20,000 insertions and removals with flushes between, with next to no cache', async function () {
    this.timeout(120_000)
    const random = randomFrom(3)
    const opened = await open(200)
    const model = new SortedArray()
    let trees = opened.kvs.flush(stateOf(emptyTrees(opened.kvs)))
    for (let i = 0; i < 200; i++) {
      const edit = new EditToken()
      for (let j = 0; j < 100; j++) {
        const datom = datomOf(Math.floor(random() * 2500))
        if (random() < (i % 100 < 50 ? 0.75 : 0.1)) {
          if (model.insert(datom)) trees = insertAll(trees, [datom], edit)
        } else if (model.remove(datom)) trees = removeAll(trees, [datom], edit)
      }

      if (random() < 0.4) trees = opened.kvs.flush(stateOf(trees))
      if (i % 10 === 9) expectTrees(trees, model.items)
      expect(opened.kvs.held.cachedDatoms).to.be.at.most(200)
      expect(opened.kvs.held.keptNodes).to.equal(0)
    }

    opened.kvs.flush(stateOf(trees))
    expectTrees(storedTrees((await openCopy(opened, join(sandbox.dir, 'copy'))).kvs), model.items)
  })

  it('writes what changed, and nothing else', async () => {
    const opened = await open()
    const trees = opened.kvs.flush(stateOf(insertAll(emptyTrees(opened.kvs), numbers(0, 3000), new EditToken())))
    const before = new Map(rowsOf(opened).map((row) => [row['addr'], row['content']]))
    const eavt = trees.eavt.insert(datomOf(3000), new EditToken())
    opened.kvs.flush(stateOf({...trees, eavt}))
    const changed = rowsOf(opened).filter((row) => before.get(row['addr']) !== row['content'])
    // The root row, and the path: the leaf and its parents, whose keys change only where the greatest did.
    expect(changed.length).to.be.within(2, 5)
    expect(rowsOf(opened).length - before.size).to.be.within(0, 1)
  })

  it('does not follow what is done to a tree after it was written', async () => {
    const opened = await open()
    const edit = new EditToken()
    const changed = insertAll(emptyTrees(opened.kvs), numbers(0, 300), edit)
    const trees = opened.kvs.flush(stateOf(changed))
    removeAll(changed, numbers(0, 100), edit)
    expectTrees(trees, numbers(0, 300))
  })

  it('keeps the tail until the next flush', async () => {
    const opened = await open()
    const trees = opened.kvs.flush(stateOf(insertAll(emptyTrees(opened.kvs), numbers(0, 100), new EditToken())))
    const tail = [[datomOf(200), datomOf(201)], [datomOf(202)]]
    opened.kvs.writeTail(tail)
    expect((await openCopy(opened, join(sandbox.dir, 'copy'))).kvs.readTail()).to.deep.equal(tail)
    opened.kvs.flush(stateOf(trees))
    expect(opened.kvs.readTail()).to.deep.equal([])
  })

  it('goes on from what it finds, without having been asked for the root', async () => {
    const opened = await open()
    opened.kvs.flush(stateOf(insertAll(emptyTrees(opened.kvs), numbers(0, 500), new EditToken())))
    const copy = await openCopy(opened, join(sandbox.dir, 'copy'))
    const addresses = rowsOf(copy).map(({addr}) => Number(addr))
    const other = new KvsStore(copy.store.db, {cacheDatoms: 100})
    const trees = other.flush(stateOf(insertAll(emptyTrees(other), numbers(500, 600), new EditToken())))
    expect(Math.min(...[trees.eavt, trees.aevt, trees.avet].map(({root}) => root as number))).to.be.greaterThan(
      Math.max(...addresses),
    )
    expectTrees(trees, numbers(500, 600))
  })

  it('says which row is damaged, and how', async () => {
    const opened = await open()
    const {kvs, store} = opened
    kvs.flush(stateOf(insertAll(emptyTrees(kvs), numbers(0, 2000), new EditToken())))
    const {content} = encodeNode([datomOf(1), datomOf(2)], undefined)
    const many = encodeNode(numbers(0, 33), undefined).content
    const wrong: Record<string, [string, null | string]> = {
      'has 2 children and 1 keys': [encodeNode([datomOf(1)], undefined).content, '[1000002,1000003]'],
      'has 33 keys': [many, null],
      'has no list of addresses': [content, '["a","b"]'],
      'has something that is not a datom': ['["^ ","~:keys",[[1,"a",2,3]]]', null],
      'is not a node': ['[]', null],
      'is not transit': ['{', null],
    }
    const statement = store.db.prepare('UPDATE kvs SET content = ?, addresses = ? WHERE addr = 1000001')
    for (const [message, row] of Object.entries(wrong)) {
      statement.run(...row)
      const fresh = new KvsStore(store.db, {cacheDatoms: 1000})
      expect(() => fresh.load(1_000_001, row[1] === null ? 0 : 1), message)
        .to.throw(message)
        .with.property('code', 'graph-damaged')
    }

    store.db.exec('DELETE FROM kvs WHERE addr = 1000001')
    expect(() => new KvsStore(store.db, {cacheDatoms: 1000}).load(1_000_001, 0)).to.throw(
      'row 1000001 of the graph is missing',
    )
  })

  it('does not take for a graph what it does not understand', async () => {
    const opened = await open()
    const {kvs, store} = opened
    kvs.flush(stateOf(emptyTrees(kvs)))
    const root = String(rowsOf(opened)[0]!['content'])
    const wrong = [
      root.replace(',32', ',64'),
      root.replace('~:max-tx', '~:max-t'),
      root.replace('~:schema', '~:s'),
      '[]',
      '',
    ]
    const update = store.db.prepare('UPDATE kvs SET content = ? WHERE addr = ?')
    for (const content of wrong) {
      update.run(content, 0)
      expect(() => kvs.readRoot(), content)
        .to.throw('not understood')
        .with.property('code', 'graph-invalid')
    }

    for (const content of ['{}', '["a"]', '[[[1,2]]]']) {
      update.run(content, 1)
      expect(() => kvs.readTail(), content)
        .to.throw('not understood')
        .with.property('code', 'graph-invalid')
    }

    store.db.exec('DELETE FROM kvs')
    expect(() => kvs.readRoot()).to.throw('the root is missing')
    expect(() => kvs.readTail()).to.throw('the tail is missing')
  })

  it('writes back unknown keys of the root', async () => {
    const opened = await open()
    const {kvs, store} = opened
    const trees = kvs.flush(stateOf(emptyTrees(kvs)))
    const root = String(rowsOf(opened)[0]!['content'])
    store.db.prepare('UPDATE kvs SET content = ? WHERE addr = 0').run(root.replace(/\]$/, ',"~:later","~:thing"]'))
    kvs.readRoot()
    kvs.flush(stateOf(insertAll(trees, [datomOf(1)], new EditToken())))
    expect(rowsOf(opened)[0]!['content']).to.contain('"~:later","~:thing"')
  })
})
