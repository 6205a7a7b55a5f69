import {expect} from 'chai'
import fc from 'fast-check'

import {writeEdn} from '../../src/values/edn-write.js'
import {rounds} from '../support/rounds.js'
import {GraphFiles, write} from './graph-file.js'
import {disorder, lines, reasonOf} from './support.js'

const uuid = (n: number) => `#uuid "cccccccc-0000-4000-8000-${String(n).padStart(12, '0')}"`
const page = fc.integer({max: 8, min: 1}).map((n) => uuid(n))
const block = fc.integer({max: 60, min: 9}).map((n) => uuid(n))
const either = fc.oneof(page, block)
const text = fc
  .oneof(fc.string({maxLength: 12}), fc.string({maxLength: 9, unit: 'grapheme'}))
  .map((value) => writeEdn(value))
const time = fc.integer({max: 1_900_000_100_000, min: 1_900_000_000_000})

/** What somebody does to an outline, and some of what they should not do. */
const edits = fc.oneof(
  {
    arbitrary: fc
      .tuple(page, text)
      .map(([p, t]) => `[{:block/uuid ${p} :block/title ${t} :block/name ${t} :block/tags [:logseq.class/Page]}]`),
    weight: 2,
  },
  {
    arbitrary: fc
      .tuple(block, page, text, fc.string({maxLength: 4, minLength: 1}))
      .map(
        ([b, p, t, order]) =>
          `[{:block/uuid ${p}} {:block/uuid ${b} :block/title ${t} :block/page [:block/uuid ${p}] :block/parent [:block/uuid ${p}] :block/order ${writeEdn(order)}}]`,
      ),
    weight: 5,
  },
  {arbitrary: fc.tuple(block, text).map(([b, t]) => `[[:db/add [:block/uuid ${b}] :block/title ${t}]]`), weight: 3},
  {
    arbitrary: fc
      .tuple(block, block)
      .map(([a, b]) => `[{:block/uuid ${a} :block/refs [[:block/uuid ${b}] {:block/uuid ${a}}]}]`),
    weight: 2,
  },
  {arbitrary: either.map((e) => `[[:db/retractEntity [:block/uuid ${e}]]]`), weight: 2},
  {
    arbitrary: fc
      .tuple(either, time)
      .map(([e, at]) => `[{:block/uuid ${e} :block/created-at ${at} :block/updated-at ${at}}]`),
    weight: 2,
  },
  {
    arbitrary: fc
      .tuple(block, fc.constantFrom('todo', 'doing', 'done'))
      .map(
        ([b, s]) =>
          `[{:block/uuid ${b} :block/tags #{:logseq.class/Task} :logseq.property/status :logseq.property/status.${s}}]`,
      ),
    weight: 3,
  },
  {
    arbitrary: fc
      .tuple(fc.integer({max: 5, min: 1}), block, fc.constantFrom('1', '"x"', ':k', 'true', '{:a 1}'))
      .map(
        ([n, b, v]) =>
          `[{:db/ident :user.property/p${n} :db/index true :db/cardinality :db.cardinality/many} {:block/uuid ${b} :user.property/p${n} ${v}}]`,
      ),
    weight: 2,
  },
  {arbitrary: fc.integer({max: 5, min: 1}).map((n) => `[[:db/retractEntity :user.property/p${n}]]`), weight: 1},
  {
    arbitrary: fc
      .tuple(block, fc.integer({max: 5, min: 1}))
      .map(([b, n]) => `[[:db.fn/retractAttribute [:block/uuid ${b}] :user.property/p${n}]]`),
    weight: 1,
  },
  {arbitrary: block.map((b) => `[[:db/add [:block/uuid ${b}] :block/title 7]]`), weight: 1},
)

describe('a long life of a graph', () => {
  it('whatever is written or refused, the file says what the connection says', () => {
    let refused = 0
    let accepted = 0
    fc.assert(
      fc.property(fc.array(edits, {maxLength: 130, minLength: 110, size: 'max'}), (all) => {
        const files = new GraphFiles()
        try {
          files.make()
          let connection = files.connect()
          for (const [i, data] of all.entries()) {
            const before = connection.db
            if (reasonOf(() => write(connection, data)) === 'accepted') accepted++
            else {
              refused++
              expect(connection.db).to.equal(before)
            }

            if (i % 40 !== 39) continue
            expect(disorder(connection.db)).to.deep.equal(['avet is not what eavt is'])
            expect(misplaced(connection.db)).to.equal(12)
            const again = files.connect()
            expect(lines(again.db.list(undefined))).to.deep.equal(lines(connection.db.list(undefined)))
            expect(again.db.maxEid).to.equal(connection.db.maxEid)
            expect(again.db.maxTx).to.equal(connection.db.maxTx)
            expect(schemaOf(again.db)).to.deep.equal(schemaOf(connection.db))
            const {'not-in-avet': missing, ok, problems, underfull} = files.check()
            expect({missing, ok, problems, underfull}).to.deep.equal({
              missing: 12,
              ok: true,
              problems: [],
              underfull: 0,
            })
            connection = again
          }
        } finally {
          files.dispose()
        }
      }),
      {numRuns: rounds(3, 60)},
    )
    expect(accepted).to.be.greaterThan(refused)
    expect(refused).to.be.greaterThan(10)
  })
})

/** How many facts of indexed attributes are not in the index: those 12 that are missing in every new graph. */
function misplaced(db: ReturnType<GraphFiles['connect']>['db']): number {
  const indexed = db.list(undefined).filter(({a}) => db.attributes.isIndexed(a)).length
  return indexed - db.avet.count
}

function schemaOf(db: ReturnType<GraphFiles['connect']>['db']): string[] {
  return [...db.schema].map(([key, value]) => `${writeEdn(key)} ${writeEdn(value)}`).sort()
}
