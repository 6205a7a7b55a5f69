import {mkdirSync, truncateSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {Datom, TX0} from '../../../src/engine/datom.js'
import {EditToken} from '../../../src/engine/index/node.js'
import {checkGraph, type CheckReport} from '../../../src/engine/integrity/check.js'
import {decodeNode, encodeNode, type Row} from '../../../src/engine/storage/nodes.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {keyword} from '../../../src/values/scalars.js'
import {graphFixtures, unpackGraph} from '../../support/graphs.js'
import {useSandbox} from '../../support/use.js'
import {randomFrom} from '../index/support.js'
import {
  insertAll,
  openCopy,
  type Opened,
  openGraph,
  removeAll,
  rowsOf,
  stateOf,
  storedTrees,
} from '../storage/support.js'

const EMPTY = {address: 0, count: 0, depth: 0}

describe('the check of a graph', () => {
  let opened: Opened
  const sandbox = useSandbox()
  beforeEach(async () => {
    const dir = join(sandbox.dir, 'graph')
    mkdirSync(dir)
    unpackGraph('fresh', join(dir, 'db.sqlite'))
    opened = await openGraph(dir, 100_000)
  })
  const check = ({kvs, store}: Opened): CheckReport => runSync(checkGraph(store.db, kvs, NO_LIMITS))
  const whatOf = (report: CheckReport): string[] => report.problems.map(({what}) => what)

  function rowOf(address: number): Row {
    return opened.store.db.prepare('SELECT content, addresses FROM kvs WHERE addr = ?').get(address) as unknown as Row
  }

  function put(address: number, {addresses, content}: Row): void {
    opened.store.db
      .prepare('REPLACE INTO kvs (addr, content, addresses) VALUES (?, ?, ?)')
      .run(address, content, addresses)
  }

  /** The address of the first leaf of an index, or of one on the way to it. */
  function nodeOf(index: 'aevt' | 'avet' | 'eavt', level?: number): number {
    const root = opened.kvs.readRoot()[index] ?? EMPTY
    let {address} = root
    for (let i = 0; i < (level ?? root.depth); i++) address = opened.kvs.load(address, root.depth - i).addresses![0]!
    return address
  }

  /** Changes the datoms of a node in the file. */
  function edit(address: number, change: (datoms: Datom[]) => Datom[]): void {
    const row = rowOf(address)
    const {addresses, keys} = decodeNode(address, row.addresses === null ? 0 : 1, row)
    put(address, encodeNode(change([...keys]), addresses as number[] | undefined))
  }

  for (const name of graphFixtures()) {
    it(`has nothing against ${name}`, async () => {
      const dir = join(sandbox.dir, name)
      mkdirSync(dir)
      unpackGraph(name, join(dir, 'db.sqlite'))
      const graph = await openGraph(dir, 100)
      const before = rowsOf(graph)
      const report = check(graph)
      expect(report.problems).to.deep.equal([])
      expect(report.ok).to.equal(true)
      expect(report.datoms.eavt).to.equal(graph.kvs.readRoot().eavt.count)
      expect(report.rows).to.equal(before.length)
      expect(report.nodes + report.garbage + 2).to.equal(report.rows)
      expect(rowsOf(graph)).to.deep.equal(before)
    })
  }

  it('counts what a new graph of Logseq lacks in avet, and ignores', () => {
    const report = check(opened)
    expect([report.ok, report['not-in-avet']]).to.deep.equal([true, 12])
  })

  it('ignores what DataScript leaves in avet of an attribute that is not indexed any more, and else does', () => {
    const {maxEid, schema} = opened.kvs.readRoot()
    const add = (a: string): CheckReport => {
      const state = {...stateOf(storedTrees(opened.kvs)), maxEid, schema}
      const {avet} = insertAll(state, [new Datom(1, keyword(a), 'gone', TX0 + 1)], new EditToken())
      opened.kvs.flush({...state, avet})
      return check(opened)
    }

    expect(add('user.property/note').problems).to.deep.equal([])
    expect(whatOf(add('block/name')).join('\n')).to.match(/^\[1 :block\/name … \d+\] is missing in eavt$/)
  })

  it('reads what stands in the file, whatever is in the cache', () => {
    const address = nodeOf('eavt')
    opened.kvs.load(address, 0)
    put(address, {addresses: null, content: 'x'})
    expect(check(opened).ok).to.equal(false)
  })

  const damages: Record<string, [() => void, RegExp]> = {
    'a row that is missing': [
      () => opened.store.db.exec(`DELETE FROM kvs WHERE addr = ${nodeOf('aevt')}`),
      /row \d+ of the graph is missing/,
    ],
    'a row that is not a node': [() => put(nodeOf('avet'), {addresses: null, content: '["^ "]'}), /is not a node/],
    'a datom that is missing in one index': [
      () => edit(nodeOf('eavt'), (datoms) => datoms.toSpliced(3, 1)),
      /^\[1 .* is missing in eavt$/,
    ],
    'a datom that is in one index alone': [
      () =>
        edit(nodeOf('avet'), ([first, ...datoms]) => [
          new Datom(first!.e - 1, first!.a, first!.v, first!.tx),
          ...datoms,
        ]),
      /is missing in eavt$/,
    ],
    'another value in one index': [
      () => edit(nodeOf('eavt'), ([first, ...datoms]) => [new Datom(first!.e, first!.a, 7, first!.tx), ...datoms]),
      /is missing in aevt$/,
    ],
    'datoms in the wrong order': [
      () => edit(nodeOf('eavt'), ([first, second, ...datoms]) => [second!, first!, ...datoms]),
      /does not stand behind/,
    ],
    'a key that is not the greatest of its child': [
      () =>
        edit(nodeOf('eavt', 0), ([first, ...keys]) => [
          new Datom(first!.e - 1, first!.a, first!.v, first!.tx),
          ...keys,
        ]),
      /key 0 is not the greatest of its child/,
    ],
    'a node that is used twice': [
      () => {
        const address = nodeOf('eavt', 1)
        const row = rowOf(address)
        const [first, _, ...others] = JSON.parse(row.addresses!) as number[]
        put(address, {addresses: JSON.stringify([first, first, ...others]), content: row.content})
      },
      /twice/,
    ],
    'a leaf where none may be': [() => put(nodeOf('eavt', 1), rowOf(nodeOf('eavt'))), /is a leaf 1 levels too high/],
    'a count that is wrong': [
      () => put(0, {addresses: null, content: rowOf(0).content.replaceAll(/(?<="~:count",)\d+/g, '5')}),
      /holds \d+ datoms, and counts 5/,
    ],
    'an entity beyond the greatest': [
      () => put(0, {addresses: null, content: rowOf(0).content.replace(/(?<="~:max-eid",)\d+/, '5')}),
      /there cannot be/,
    ],
    'an address beyond the greatest': [
      () => put(0, {addresses: null, content: rowOf(0).content.replace(/(?<="~:max-addr",)\d+/, '1000010')}),
      /greatest address/,
    ],
    'a root that is not understood': [() => put(0, {addresses: null, content: '{}'}), /not understood/],
    'a tail that is none': [() => put(1, {addresses: null, content: '["a"]'}), /not understood/],
  }

  for (const [name, [damage, what]] of Object.entries(damages)) {
    it(`finds ${name}`, () => {
      damage()
      const report = check(opened)
      expect(report.ok).to.equal(false)
      expect(whatOf(report).filter((found) => what.test(found)).length, whatOf(report).join('\n')).to.be.greaterThan(0)
      expect(report['problem-count']).to.be.at.least(report.problems.length)
    })
  }

  it('lists the first hundred, and how many there are', () => {
    put(0, {addresses: null, content: rowOf(0).content.replace(/(?<="~:max-tx",)\d+/, String(TX0))})
    const report = check(opened)
    expect(report.problems.length).to.equal(100)
    expect(report['problem-count']).to.equal(report.datoms.eavt)
  })

  it('finds what SQLite finds', async () => {
    opened.store.checkpoint()
    const copy = await openCopy(opened, join(sandbox.dir, 'copy'))
    const pages = Number(copy.store.db.all('PRAGMA page_count')[0]!['page_count'])
    truncateSync(copy.store.path, (pages - 5) * 4096)
    expect(whatOf(check(copy)).filter((found) => found.startsWith('SQLite: ')).length).to.be.greaterThan(0)
  })

  it('sees the graph as it was when it began, while others write', () => {
    const random = randomFrom(8)
    let trees = storedTrees(opened.kvs)
    const {avet} = trees
    const {count} = trees.eavt
    const task = checkGraph(opened.store.db, opened.kvs, {shouldYield: () => true, reserveRows() {}})
    const {maxEid, schema} = opened.kvs.readRoot()
    for (let turn = 0; ; turn++) {
      const {done, value} = task.next()
      if (done) {
        expect(value.problems).to.deep.equal([])
        expect(value.datoms.eavt).to.equal(count)
        break
      }

      if (turn % 10 !== 0) continue
      const datom = new Datom(1 + Math.floor(random() * maxEid), keyword('user/note'), `${turn}`, TX0 + 1)
      const {aevt, eavt} = insertAll(trees, [datom], new EditToken())
      trees = opened.kvs.flush({...stateOf({aevt, avet, eavt}), maxEid, schema})
    }

    expect(opened.kvs.held.keptNodes).to.equal(0)
    const report = check(opened)
    expect(report.problems).to.deep.equal([])
    expect(report.datoms.eavt).to.be.greaterThan(count + 10)
  })

  it('counts what no tree needs any more', () => {
    const {maxEid, schema} = opened.kvs.readRoot()
    const state = {...stateOf(storedTrees(opened.kvs)), maxEid, schema}
    const note = keyword('user/note')
    const datoms = Array.from({length: 1000}, (_, n) => new Datom(1 + (n % maxEid), note, `${n}`, TX0 + 1))
    const {aevt, eavt} = insertAll(state, datoms, new EditToken())
    let trees = opened.kvs.flush({...state, aevt, eavt})
    expect(check(opened).ok).to.equal(true)
    trees = {...removeAll(trees, datoms, new EditToken()), avet: trees.avet}
    opened.kvs.flush({...state, ...trees})
    const report = check(opened)
    expect(report.problems).to.deep.equal([])
    expect(report.garbage).to.be.greaterThan(20)
  })
})
