import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import fc from 'fast-check'

import {TX0} from '../../../src/engine/datom.js'
import type {Facts} from '../../../src/engine/facts.js'
import type {TxReport} from '../../../src/engine/transact/transact.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {decodeTransit, encodeTransit} from '../../../src/values/transit.js'
import type {Value, ValueMap} from '../../../src/values/types.js'
import {rounds} from '../../support/rounds.js'
import {all, emptyFacts, reasonOf, run} from '../support.js'
import {SCHEMA, transactions} from './generator.js'

/** An engine that was compared with Logseq's own over thousands of transactions. It is beside the repository, if at all. */
const PROTOTYPE = fileURLToPath(new URL('../../../../../shared/reference/graph-engine-prototype/eng/', import.meta.url))

/** Facts that come and go, and attributes that become something else. */
const schemaChanges: fc.Arbitrary<Value> = fc
  .tuple(
    fc.integer({max: 9, min: 1}),
    fc.constantFrom(
      '[:db/add E :db/ident :x/a]',
      '[:db/add E :db/ident :x/b]',
      '[:db/retract E :db/ident :x/a]',
      '[:db/add E :db/cardinality :db.cardinality/many]',
      '[:db/add E :db/cardinality :db.cardinality/one]',
      '[:db/add E :db/index true]',
      '[:db/retract E :db/index]',
      '[:db/add E :db/unique :db.unique/identity]',
      '[:db/add E :db/doc "what"]',
      '{:db/id E :db/ident :x/c :db/valueType :db.type/ref :db/isComponent true}',
      '[:db/add E :x/a 1]',
      '[:db/add E :x/b "b"]',
      '[:db/add :x/a :x/b 2]',
      '[:db/add E :x/c :x/a]',
      '[:db/retractEntity :x/c]',
    ),
  )
  .map(([e, form]) => readEdn(form.replace('E', String(e))))

const mixed = fc
  .tuple(transactions, fc.array(schemaChanges, {maxLength: 3}))
  .map(([a, b]): Value => [...(a as Value[]), ...b])

describe('against the prototype', () => {
  it('the same transactions come to the same', async function () {
    if (!existsSync(PROTOTYPE)) {
      console.log(`      skipped: ${PROTOTYPE} is not there`)
      return this.skip()
    }

    const prototype = await loadPrototype()
    let accepted = 0
    fc.assert(
      fc.property(fc.array(mixed, {maxLength: 15, minLength: 5}), (many) => {
        let mine = emptyFacts(SCHEMA)
        let theirs = prototype.empty(SCHEMA)
        for (const data of many) {
          let report: TxReport | undefined
          const reason = reasonOf(() => {
            report = run(mine, data)
          })
          // What nothing is said of is refused by Logseq, too; the prototype lets it pass.
          if (reason === 'tempid-unused') continue
          const other = prototype.transact(theirs, data)
          if (other === 'gave up') continue
          expect(other === undefined, `${reason}: ${writeEdn(data)}`).to.equal(report === undefined)
          if (report === undefined || other === undefined) continue
          mine = report.after
          theirs = other.db
          // Sorted: which of several components goes first is left open.
          expect(rows(report.txData).sort(), writeEdn(data)).to.deep.equal(other.txData.sort())
          expect(everything(mine), writeEdn(data)).to.deep.equal(prototype.everything(theirs))
          accepted++
        }
      }),
      {numRuns: rounds(150, 3000)},
    )
    expect(accepted).to.be.greaterThan(300)
  })
})

function rows(datoms: Iterable<{a: unknown; e: number; tx: number; v: unknown}>): string[] {
  return Array.from(datoms, ({a, e, tx, v}) => `${e} ${String(a)} ${writeEdn(v as Value)} ${tx}`)
}

function everything(db: Facts) {
  return {
    aevt: rows(all(db.aevt)),
    avet: rows(all(db.avet)),
    eavt: rows(all(db.eavt)),
    maxEid: db.maxEid,
    maxTx: db.maxTx,
    schema: entries(db.schema),
  }
}

function entries(map: ValueMap): string[] {
  return [...map].map(([key, value]) => `${writeEdn(key)} ${sorted(value)}`).sort()
}

function sorted(value: Value): string {
  return writeEdn(value).replaceAll(/[{}]/g, '').split(', ').sort().join(', ')
}

/** The prototype, given and giving what this engine has: values cross over as transit. */
async function loadPrototype() {
  const db = await import(`${PROTOTYPE}db.mjs`)
  const btree = await import(`${PROTOTYPE}btree.mjs`)
  const transit = await import(`${PROTOTYPE}transit.mjs`)
  const to = (value: Value) => transit.decode(encodeTransit(value))
  const from = (value: unknown): Value => decodeTransit(transit.encode(value))
  const read = (datoms: any[]) => rows(datoms.map(({a, e, tx, v}) => ({a, e, tx, v: from(v)})))
  const tree = (order: unknown) => new btree.BTree(null, null, null, 0, 0, order)
  const scan = (index: any) => {
    const found: any[] = []
    index.each(
      () => 0,
      (datom: any) => {
        found.push(datom)
      },
    )
    return read(found)
  }

  return {
    empty: (schema: string) =>
      new db.DB(to(readEdn(schema)), tree(db.cmpEAVT), tree(db.cmpAEVT), tree(db.cmpAVET), 0, TX0),
    everything: ({aevt, avet, eavt, maxEid, maxTx, schema}: any) => ({
      aevt: scan(aevt),
      avet: scan(avet),
      eavt: scan(eavt),
      maxEid,
      maxTx,
      schema: entries(from(schema) as ValueMap),
    }),
    transact(before: any, data: Value): 'gave up' | undefined | {db: any; txData: string[]} {
      try {
        const report = db.transact(before, to(data))
        // It tries forever when a map without an id turns out to be of another entity.
        return report ? {db: report.dbAfter, txData: read(report.txData)} : 'gave up'
      } catch {
        return undefined // it has no codes for what it refuses
      }
    },
  }
}
