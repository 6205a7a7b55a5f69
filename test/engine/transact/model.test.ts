import {expect} from 'chai'
import fc from 'fast-check'

import {writeEdn} from '../../../src/values/edn-write.js'
import {rounds} from '../../support/rounds.js'
import {disorder, emptyFacts, facts, reasonOf, run} from '../support.js'
import {SCHEMA, transactions} from './generator.js'
import {Model} from './model.js'

describe('random transactions', () => {
  it('do what a plain model says', () => {
    let refused = 0
    let accepted = 0
    fc.assert(
      fc.property(fc.array(transactions, {maxLength: 12, minLength: 1}), (all) => {
        const model = new Model()
        let db = emptyFacts(SCHEMA)
        for (const data of all) {
          const expected = model.transact(data)
          if (expected === undefined) {
            expect(reasonOf(() => run(db, data))).to.not.equal('accepted', writeEdn(data))
            refused++
            continue
          }

          const report = run(db, data)
          db = report.after
          expect(changes(report.txData), writeEdn(data)).to.deep.equal(expected.sort())
          expect(facts(db).sort()).to.deep.equal(
            model.rows.map(({a, e, v}) => `${e} :${a} ${writeEdn(v)}`).sort(),
            writeEdn(data),
          )
          expect(db.maxEid).to.equal(model.maxEid)
          expect(disorder(db)).to.deep.equal([])
          accepted++
        }
      }),
      {numRuns: rounds(400, 5000)},
    )
    expect(accepted).to.be.greaterThan(refused / 4, 'most of it must mean something')
  })
})

function changes(txData: ReturnType<typeof run>['txData']): string[] {
  return txData.map(({a, added, e, v}) => `${added ? '+' : '-'}${e} ${a} ${writeEdn(v)}`).sort()
}
