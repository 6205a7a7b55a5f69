import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import type {KvsStore} from '../../../src/engine/storage/kvs-store.js'
import {encodeDatom, encodeNode} from '../../../src/engine/storage/nodes.js'
import {encodeRoot} from '../../../src/engine/storage/root.js'
import {encodeTransit} from '../../../src/values/transit.js'
import {graphFixtures, unpackGraph} from '../../support/graphs.js'
import {useSandbox} from '../../support/use.js'
import {faults} from '../index/support.js'
import {contentsOf, type Opened, openGraph, rowsOf, storedTrees} from './support.js'

describe('graphs that real code wrote', () => {
  const sandbox = useSandbox()

  async function open(name: string): Promise<Opened> {
    const dir = join(sandbox.dir, name)
    mkdirSync(dir)
    unpackGraph(name, join(dir, 'db.sqlite'))
    return openGraph(dir, 100_000)
  }

  for (const name of graphFixtures()) {
    it(`${name}: is read, and each row is written again byte for byte`, async () => {
      const opened = await open(name)
      const rows = rowsOf(opened)
      expect(rows.length).to.be.greaterThan(50)
      for (const row of rows)
        expect(rewritten(opened, Number(row['addr'])), `row ${String(row['addr'])}`).to.deep.equal(row)
      expect(rowsOf(opened)).to.deep.equal(rows)
    })

    it(`${name}: its trees are well built, and hold what they count`, async () => {
      const {kvs} = await open(name)
      const {aevt, avet, eavt} = storedTrees(kvs)
      for (const tree of [aevt, avet, eavt]) {
        const datoms = contentsOf(tree)
        expect(datoms.length).to.be.greaterThan(50)
        const sorted = [...datoms].sort(tree.comparator)
        expect(faults(tree, sorted)).to.deep.equal([])
      }
    })
  }
})

/** Only a walk from the root knows it: the one that fits is tried for. */
function heightOf(kvs: KvsStore, addr: number): number {
  for (let height = 0; ; height++) {
    try {
      kvs.load(addr, height)
      return height
    } catch (error) {
      if (height === 12) throw error
    }
  }
}

function rewritten({kvs}: Opened, addr: number): Record<string, unknown> {
  if (addr === 0) return {addr, addresses: null, content: encodeRoot(kvs.readRoot())}
  if (addr === 1) {
    const tail = kvs.readTail().map((datoms) => datoms.map((datom) => encodeDatom(datom)))
    return {addr, addresses: null, content: encodeTransit(tail)}
  }

  const {addresses, keys} = kvs.load(addr, heightOf(kvs, addr))
  return {addr, ...encodeNode(keys, addresses as number[] | undefined)}
}
