import {expect} from 'chai'

import {Datom} from '../../../src/engine/datom.js'
import {cleanNode} from '../../../src/engine/index/node.js'
import {NodeCache} from '../../../src/engine/storage/cache.js'
import {expectQuick} from '../../support/computing.js'
import {datomOf} from '../index/support.js'

const node = (address: number, datoms: number) =>
  cleanNode(
    Array.from({length: datoms}, (_, n) => datomOf(n)),
    undefined,
    address,
    0,
  )

/** Which of the first addresses are kept; asking counts as using. */
const kept = (cache: NodeCache, upTo: number): number[] =>
  Array.from({length: upTo}, (_, i) => i + 1).filter((address) => cache.get(address))

describe('the cache of nodes', () => {
  it('lets the oldest go when it is full, but gives what was used a second chance', () => {
    const cache = new NodeCache(40)
    for (const address of [1, 2, 3, 4]) cache.put(address, node(address, 10))
    cache.get(1)
    cache.put(5, node(5, 10))
    expect(kept(cache, 5)).to.deep.equal([1, 3, 4, 5])
    expect(cache.datoms).to.equal(40)
  })

  it('gives no third chance to what is not used again', () => {
    const cache = new NodeCache(20)
    cache.put(1, node(1, 10))
    cache.get(1)
    for (const address of [2, 3, 4, 5]) cache.put(address, node(address, 10))
    expect(kept(cache, 5)).to.deep.equal([4, 5])
  })

  it('evicts in a time that does not grow with what it evicted before', () =>
    expectQuick(150, () => {
      const cache = new NodeCache(20_000)
      const one = node(1, 1)
      for (let address = 0; address < 100_000; address++) cache.put(address, one)
    }))

  it('counts what replaces another entry', () => {
    const cache = new NodeCache(100)
    cache.put(1, node(1, 30))
    cache.put(1, node(1, 5))
    expect(cache.datoms).to.equal(5)
    expect(cache.get(1)?.keys.length).to.equal(5)
  })

  it('counts a long text as the datoms that would take as much memory', () => {
    const cache = new NodeCache(100)
    const long = (address: number) => {
      const {a, e, tx} = datomOf(1)
      return cleanNode([new Datom(e, a, 'x'.repeat(128 * 40), tx)], undefined, address, 0)
    }

    for (const address of [1, 2, 3]) cache.put(address, long(address))
    expect(kept(cache, 3)).to.deep.equal([2, 3])
    expect(cache.datoms).to.equal(82)
  })

  it('holds one node in any case', () => {
    const cache = new NodeCache(1)
    cache.put(1, node(1, 30))
    cache.put(2, node(2, 30))
    expect(kept(cache, 2)).to.deep.equal([2])
  })

  it('stays within its budget when everything in it is used', () => {
    const cache = new NodeCache(100)
    for (let address = 1; address <= 50; address++) {
      cache.put(address, node(address, 9))
      kept(cache, address)
      expect(cache.datoms).to.be.at.most(100)
    }
  })
})
