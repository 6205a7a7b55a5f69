import {expect} from 'chai'
import fc from 'fast-check'

import {compareEavt} from '../../../src/engine/compare.js'
import type {Datom} from '../../../src/engine/datom.js'
import {EditToken} from '../../../src/engine/index/node.js'
import {Tree} from '../../../src/engine/index/tree.js'
import {buildTree} from '../../support/build-tree.js'
import {NOWHERE} from '../support.js'
import {datomOf, faults, randomFrom, SortedArray} from './support.js'

const OPERATIONS = 100_000
const DIFFERENT = 6000

/** The datoms of the first so many numbers, in order. */
function sorted(count: number): Datom[] {
  return Array.from({length: count}, (_, n) => datomOf(n)).sort(compareEavt)
}

function build(count: number): Tree {
  return buildTree(sorted(count), compareEavt, NOWHERE)
}

describe('a tree', () => {
  it('is a sorted array through 100,000 insertions and removals, and well built after each hundred', function () {
    this.timeout(120_000)
    const random = randomFrom(1)
    const model = new SortedArray()
    let tree = Tree.empty(compareEavt, NOWHERE)
    for (let i = 0; i < OPERATIONS; i += 100) {
      const edit = new EditToken()
      // It grows, and shrinks to almost nothing, five times over.
      const insertions = Math.sin((i / OPERATIONS) * Math.PI * 10) > 0 ? 0.7 : 0.01
      for (let j = 0; j < 100; j++) {
        const datom = datomOf(Math.floor(random() * DIFFERENT))
        const before = tree
        const insert = random() < insertions
        tree = insert ? tree.insert(datom, edit) : tree.remove(datom, edit)
        const changes = insert ? model.insert(datom) : model.remove(datom)
        if (changes === (tree === before)) expect.fail(`${i + j}: ${changes} in the array`)
      }

      const wrong = faults(tree, model.items)
      if (wrong.length > 0) expect.fail(`after ${i + 100}: ${wrong.join(', ')}`)
    }
  })

  it('is emptied, and filled again', () => {
    const datoms = sorted(3000)
    let tree = build(3000)
    for (const datom of datoms) tree = tree.remove(datom, new EditToken())
    expect([tree.count, tree.depth, tree.first(() => 0), faults(tree, [])]).to.deep.equal([0, 0, undefined, []])
    for (const datom of datoms.toReversed()) tree = tree.insert(datom, new EditToken())
    expect(faults(tree, datoms)).to.deep.equal([])
  })

  it('stays as it was when another is made of it', () => {
    const random = randomFrom(2)
    const states: Array<readonly [Tree, readonly Datom[]]> = []
    const model = new SortedArray()
    let tree = Tree.empty(compareEavt, NOWHERE)
    for (let i = 0; i < 200; i++) {
      const edit = new EditToken()
      for (let j = 0; j < 40; j++) {
        const datom = datomOf(Math.floor(random() * 2000))
        if (model.insert(datom)) tree = tree.insert(datom, edit)
        else if (model.remove(datom)) tree = tree.remove(datom, edit)
      }

      states.push([tree, [...model.items]])
    }

    for (const [i, [then, items]] of states.entries()) expect(faults(then, items), `state ${i}`).to.deep.equal([])
  })

  it('is built at once from sorted datoms of any number', () => {
    for (const count of [0, 1, 31, 32, 33, 48, 49, 64, 65, 500, 768, 769, 800, 5000])
      expect(faults(build(count), sorted(count)), `${count}`).to.deep.equal([])
  })

  it('finds each of its datoms, and no other', () => {
    const tree = build(4000)
    for (let n = 0; n < 4000; n++) expect(tree.find(datomOf(n))).to.deep.equal(datomOf(n))
    for (let n = 4000; n < 4100; n++) expect(tree.find(datomOf(n))).to.equal(undefined)
  })
})

describe('a scan', () => {
  const datoms = sorted(4000)
  const tree = build(4000)

  /** All entities from one to another. */
  const between = (from: number, to: number) => (datom: Datom) =>
    datom.e < from ? datom.e - from : Math.max(0, datom.e - to)

  it('gives the datoms of any range, in order; and first is its first', () => {
    fc.assert(
      fc.property(fc.integer({max: 5100, min: -10}), fc.integer({max: 900, min: -1}), (from, length) => {
        const to = from + length
        const cursor = tree.scan(between(from, to))
        const found: Datom[] = []
        for (let batch = cursor.next(); batch; batch = cursor.next()) found.push(...batch)
        const expected = datoms.filter(({e}) => e >= from && e <= to)
        expect(found).to.deep.equal(expected)
        expect(cursor.next()).to.equal(undefined)
        expect(tree.first(between(from, to))).to.equal(expected[0])
      }),
      {numRuns: 300},
    )
  })

  it('loads nothing before it is asked for, and can be left at any time', () => {
    const loads: number[] = []
    const source = {
      load(address: number) {
        loads.push(address)
        return tree.rootNode()
      },
    }
    const cursor = Tree.stored(source, {address: 7, count: 4000, depth: tree.depth}, compareEavt).scan(() => 0)
    expect(cursor.next()).to.deep.equal(datoms.slice(0, cursorLength()))
    expect(loads).to.deep.equal([7])

    function cursorLength(): number {
      return tree.scan(() => 0).next()!.length
    }
  })

  it('goes on where it was when the tree has been changed meanwhile', () => {
    const cursor = tree.scan(() => 0)
    const found = [...cursor.next()!]
    let other = tree
    for (const datom of datoms) other = other.remove(datom, new EditToken())
    for (let batch = cursor.next(); batch; batch = cursor.next()) found.push(...batch)
    expect(found).to.deep.equal(datoms)
    expect(other.count).to.equal(0)
  })

  it('gives batches that later changes under the same edit leave alone', () => {
    const edit = new EditToken()
    const grown = tree.insert(datomOf(4001), edit)
    const cursor = grown.scan(() => 0)
    let batch = cursor.next()!
    while (!batch.includes(datomOf(4001))) batch = cursor.next()!
    const copy = [...batch]
    grown.remove(datomOf(4001), edit)
    expect(batch).to.deep.equal(copy)
  })
})
