import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {EditToken} from '../../../src/engine/index/node.js'
import type {Tree} from '../../../src/engine/index/tree.js'
import {checkGraph} from '../../../src/engine/integrity/check.js'
import {KvsStore} from '../../../src/engine/storage/kvs-store.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {expectQuick} from '../../support/computing.js'
import {unpackGraph} from '../../support/graphs.js'
import {useSandbox} from '../../support/use.js'
import {contentsOf, type Opened, openGraph, storedTrees} from './support.js'

/** A walk over what is sound takes some ms; an endless one never ends, and this test with it. */
describe('a tree whose addresses lead astray', () => {
  let opened: Opened
  const sandbox = useSandbox()
  beforeEach(async () => {
    const dir = join(sandbox.dir, 'graph')
    mkdirSync(dir)
    unpackGraph('fresh', join(dir, 'db.sqlite'))
    opened = await openGraph(dir, 100_000)
  })
  const root = () => opened.kvs.readRoot().eavt
  const addressesOf = (address: number) => {
    const row = opened.store.db.prepare('SELECT addresses FROM kvs WHERE addr = ?').get(address)
    return JSON.parse(String(row!['addresses'])) as number[]
  }

  const lead = (address: number, addresses: readonly number[] | null) =>
    opened.store.db
      .prepare('UPDATE kvs SET addresses = ? WHERE addr = ?')
      .run(addresses && JSON.stringify(addresses), address)
  const metadata = (from: RegExp, to: string) => {
    const content = String(opened.store.db.all('SELECT content FROM kvs WHERE addr = 0')[0]!['content'])
    opened.store.db.prepare('UPDATE kvs SET content = ? WHERE addr = 0').run(content.replaceAll(from, to))
  }

  /** Inner nodes, the upper one first. */
  const inner = () => [root().address, addressesOf(root().address)[0]!] as const

  const DAMAGES: Record<string, () => void> = {
    'a node that is its own child': () => lead(inner()[1], addressesOf(inner()[1]).fill(inner()[1])),
    'a child that is the root': () => lead(inner()[1], addressesOf(inner()[1]).fill(inner()[0])),
    'a root that is its own child': () => lead(inner()[0], addressesOf(inner()[0]).fill(inner()[0])),
    'one child in all places': () => lead(inner()[1], addressesOf(inner()[1]).fill(addressesOf(inner()[1])[0]!)),
    'two children by turns': () => {
      const all = addressesOf(inner()[1])
      lead(
        inner()[1],
        all.map((_, i) => all[i % 2]!),
      )
    },
    'children in another order': () => lead(inner()[1], addressesOf(inner()[1]).toReversed()),
    'a leaf where an inner node has to be': () => lead(inner()[1], null),
    'a root that is lower than it says': () => metadata(/"~:shift",2/g, '"~:shift",3'),
    'a root that is higher than it says': () => metadata(/"~:shift",2/g, '"~:shift",1'),
    'a root that is a leaf, as it says': () => metadata(/"~:shift",2/g, '"~:shift",0'),
    'a depth that cannot be': () => metadata(/"~:shift",2/g, '"~:shift",1000000000'),
    'addresses of other rows': () => lead(inner()[1], addressesOf(inner()[1]).fill(0)),
  }

  const USES: Record<string, (tree: Tree) => unknown> = {
    'a scan': (tree) => contentsOf(tree),
    'a search': (tree) => tree.first(() => 0),
    'a write': (tree) =>
      tree.insert(
        tree.first(() => 0)!,
        new EditToken(),
      ),
  }

  for (const [name, damage] of Object.entries(DAMAGES)) {
    it(`ends with the reason for ${name}`, async () => {
      expect(contentsOf(storedTrees(opened.kvs).eavt).length).to.be.greaterThan(1000)
      damage()
      const kvs = new KvsStore(opened.store.db, {cacheDatoms: 100})
      expect(() => contentsOf(storedTrees(kvs).eavt))
        .to.throw()
        .with.property('code')
        .that.is.oneOf(['graph-damaged', 'graph-invalid'])
      for (const [use, run] of Object.entries(USES)) {
        await expectQuick(2000, () => {
          try {
            run(storedTrees(kvs).eavt)
          } catch (error) {
            expect((error as {code?: string}).code, use).to.be.oneOf(['graph-damaged', 'graph-invalid'])
          }
        })
      }

      expect(runSync(checkGraph(opened.store.db, kvs, NO_LIMITS)).ok).to.equal(false)
    })
  }
})
