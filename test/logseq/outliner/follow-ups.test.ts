import {randomUUID} from 'node:crypto'

import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {transact} from '../../../src/engine/transact/transact.js'
import {applyOperations} from '../../../src/logseq/outliner/apply.js'
import {judgeAll} from '../../../src/logseq/validity/check.js'
import {writeRules} from '../../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {keyword as k, Uuid} from '../../../src/values/scalars.js'
import {type Value, ValueMap} from '../../../src/values/types.js'
import {useGoldenGraph} from '../../support/golden-graph.js'

const uuid = (end: string) => `#uuid "00000000-0000-4000-8000-0000000000${end}"`
const NOON = new Date(2026, 0, 15, 12).getTime()

describe('what follows from operations on an outline', () => {
  let start: StoredDatabase
  useGoldenGraph('outliner-g1.sqlite', (opened) => {
    start = opened
  })

  const entity = (db: StoredDatabase, end: string) => db.entid(readEdn(`[:block/uuid ${uuid(end)}]`))!
  const value = (db: StoredDatabase, end: string, a: string) => db.first(entity(db, end), k(a))?.v
  const status = (db: StoredDatabase, end: string) =>
    String(db.first(Number(value(db, end, 'logseq.property/status')), k('db/ident'))?.v)

  function call(db: StoredDatabase, ...ops: string[]): {answer: Value; db: StoredDatabase} {
    const making = {ending: () => '', now: NOON, uuid: () => new Uuid(randomUUID())}
    const request = {era: 'head' as const, ops: readEdn(`[${ops.join(' ')}]`), options: new ValueMap()}
    const {answer, txData, txMeta} = runSync(applyOperations(db, request, making, NO_LIMITS))
    const {after} = runSync(transact(db, txData, NO_LIMITS, writeRules(txMeta, NOON)))
    expect(runSync(judgeAll(after, {}, NO_LIMITS))).to.deep.equal([])
    return {answer: answer(after), db: after}
  }

  function titlesUnder(db: StoredDatabase, end: string): unknown[] {
    const found = db
      .list(undefined, k('block/parent'), entity(db, end))
      .filter(({e}) => !db.first(e, k('logseq.property/created-from-property')))
    const key = ({e}: {e: number}) => String(db.first(e, k('block/order'))!.v)
    return found.sort((a, b) => (key(a) < key(b) ? -1 : 1)).map(({e}) => db.first(e, k('block/title'))!.v)
  }

  const repeated = (...more: string[]) =>
    call(
      start,
      `[:save-block [{:block/uuid ${uuid('30')} :logseq.property.repeat/repeated? true ${more.join(' ')}} nil]]`,
    ).db
  const done = `[:set-block-property [${uuid('30')} :logseq.property/status :logseq.property/status.done]]`
  const day = (date: number) => new Date(2026, 0, date, 9).getTime()

  for (const [kind, expected] of [
    ['plus', day(11)],
    ['double-plus', day(16)],
    ['dotted-plus', new Date(2026, 0, 16, 12).getTime()],
  ] as const) {
    it(`a repeated task that is done is to be done again (${kind})`, () => {
      const db = repeated(
        `:logseq.property/scheduled ${day(10)}`,
        `:logseq.property.repeat/repeat-type :logseq.property.repeat/repeat-type.${kind}`,
      )
      const after = call(db, done).db
      expect(status(after, '30')).to.equal(':logseq.property/status.todo')
      expect(value(after, '30', 'logseq.property/scheduled')).to.equal(expected)
      const history = after.list(undefined, k('logseq.property.history/block'), entity(after, '30'))
      expect(history).to.have.length(2)
    })
  }

  it('a repeated task moves by months within the month', () => {
    const db = repeated(
      `:logseq.property/deadline ${new Date(2026, 0, 31).getTime()}`,
      ':logseq.property.repeat/recur-unit :logseq.property.repeat/recur-unit.month',
    )
    expect(value(call(db, done).db, '30', 'logseq.property/deadline')).to.equal(new Date(2026, 1, 28).getTime())
  })

  it('a task that is not repeated stays done', () => {
    expect(status(call(start, done).db, '30')).to.equal(':logseq.property/status.done')
  })

  it('a tag with a template puts its blocks under what is tagged, in front of the others', () => {
    const {db} = call(
      start,
      `[:insert-blocks [[{:block/uuid ${uuid('a1')} :block/title "T"} {:block/uuid ${uuid('a2')} :block/title "step" :block/parent [:block/uuid ${uuid('a1')}]} {:block/uuid ${uuid('a3')} :block/title "sub" :block/parent [:block/uuid ${uuid('a2')}]}] ${uuid('04')} {:keep-uuid? true}]]`,
      `[:set-block-property [${uuid('a1')} :logseq.property/template-applied-to :user.class/Book]]`,
    )
    const after = call(db, `[:set-block-property [${uuid('10')} :block/tags :user.class/Novel]]`).db
    expect(titlesUnder(after, '10')).to.deep.equal(['step', 'first child 1', 'first child 2'])
    const again = call(after, `[:save-block [{:block/uuid ${uuid('10')} :block/title "again"} nil]]`).db
    expect(titlesUnder(again, '10')).to.deep.equal(['step', 'first child 1', 'first child 2'])
  })

  it('a mention of a deleted block becomes its title, and its reactions go with it', () => {
    const {db} = call(start, `[:toggle-reaction [${uuid('10')} "+1" nil]]`)
    const after = call(db, `[:delete-blocks [[${uuid('10')}] nil]]`).db
    expect(value(after, '21', 'block/title')).to.equal('see block first twice first')
    expect(after.list(undefined, k('logseq.property.reaction/target'))).to.deep.equal([])
  })

  it('a refused operation leaves nothing of those before it', () => {
    expect(() => call(start, '[:create-page ["One" {}]]', `[:rename-page [${uuid('03')} "a#b"]]`)).to.throw(
      'Page name can\'t include "#".',
    )
  })

  it('a block under a property becomes a page, and the property stays where it is', () => {
    const read = start.entid(k('user.property/read'))!
    const property = `#uuid "${(start.first(read, k('block/uuid'))!.v as Uuid).text}"`
    const added = call(
      start,
      `[:insert-blocks [[{:block/uuid ${uuid('a1')} :block/title "x"}] ${property} {:sibling? false :keep-uuid? true}]]`,
    ).db
    const after = call(added, `[:set-block-property [${uuid('a1')} :block/tags :logseq.class/Page]]`).db
    expect(value(after, 'a1', 'block/parent')).to.equal(read)
    expect(value(after, 'a1', 'block/name')).to.equal('x')
    expect(after.first(read, k('block/parent'))).to.equal(undefined)
  })

  for (const place of [':top? true', ':bottom? true', ':sibling? false', ':top? true :keep-block-order? true'])
    it(`the copy of a choice under its property has a place of its own (${place})`, () => {
      const genre = start.entid(k('user.property/genre'))!
      const property = `#uuid "${(start.first(genre, k('block/uuid'))!.v as Uuid).text}"`
      const copy = `{:block/uuid ${uuid('71')} :block/title "Essay" :block/order "a0"}`
      let db = start
      for (let n = 0; n < 2; n++) db = call(db, `[:insert-blocks [[${copy}] ${property} {${place}}]]`).db
      const under = db.list(undefined, k('block/parent'), genre).map(({e}) => e)
      const title = (e: number) => db.first(e, k('block/title'))?.v
      expect(under.filter((e) => title(e) === 'Essay')).to.have.length(2)
      const keys = under.map((e) => db.first(e, k('block/order'))!.v)
      expect(new Set(keys).size, String(keys)).to.equal(keys.length)
    })
})
