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

  /** Writes data as it is. */
  function stored(db: StoredDatabase, data: string, how?: 'judged'): StoredDatabase {
    const txMeta = new ValueMap(how === 'judged' ? [] : [[k('skip-validate-db?'), true]])
    return runSync(transact(db, readEdn(data), NO_LIMITS, writeRules(txMeta, NOON))).after
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

  for (const [what, at, frequency, unit] of [
    ['days', 8_640_000_000_000_000, 1, 'day'],
    ['minutes', 8_640_000_000_000_000, 1, 'minute'],
    ['days from no date', 9_000_000_000_000_000, 1, 'day'],
    ['years', day(10), 300_000, 'year'],
    ['years beyond that of the last journal', day(10), 8000, 'year'],
    ['weeks', day(10), 1e300, 'week'],
  ] as const)
    for (const kind of ['plus', 'double-plus', 'dotted-plus'] as const)
      it(`a repeated task without a next date stays done (${what}, ${kind})`, () => {
        const db = stored(
          repeated(`:logseq.property.repeat/repeat-type :logseq.property.repeat/repeat-type.${kind}`),
          `[[:db/add [:block/uuid ${uuid('30')}] :logseq.property/scheduled ${at}]
            {:db/id [:block/uuid ${uuid('30')}] :logseq.property.repeat/recur-unit :logseq.property.repeat/recur-unit.${unit}
             :logseq.property.repeat/recur-frequency {:db/id -1 :logseq.property/value ${frequency}}}]`,
        )
        const after = stored(
          db,
          `[[:db/add [:block/uuid ${uuid('30')}] :logseq.property/status :logseq.property/status.done]]`,
          'judged',
        )
        for (const {a, v} of after.list(undefined)) if (typeof v === 'number') expect(v, String(a)).to.not.be.NaN
        const isMoved = status(after, '30') === ':logseq.property/status.todo'
        const next = Number(value(after, '30', 'logseq.property/scheduled'))
        expect(isMoved && Number.isNaN(new Date(next).getTime())).to.equal(false)
        expect(isMoved).to.equal(next !== at)
        const days = after.list(undefined, k('block/journal-day')).map(({v}) => Number(v))
        expect(Math.max(...days)).to.be.at.most(99_991_231)
      })

  it('a number that is no date refers to no journal', () => {
    const block = `[:block/uuid ${uuid('30')}]`
    const db = stored(start, `[[:db/add ${block} :logseq.property/deadline 9000000000000000]]`)
    const after = call(db, `[:save-block [{:block/uuid ${uuid('30')} :block/title "again"} nil]]`).db
    const refs = after.list(entity(after, '30'), k('block/refs')).map(({v}) => Number(v))
    expect(after.list(undefined, k('block/journal-day')), 'there are journals').to.not.be.empty
    expect(refs.filter((e) => after.first(e, k('block/journal-day')))).to.deep.equal([])
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

  it('a repeated task that is done again moves to a journal, which is made if missing', () => {
    const db = repeated(`:logseq.property/scheduled ${day(10)}`)
    const made = '[:block/uuid #uuid "00000001-2026-0116-0000-000000000000"]'
    expect(db.entid(readEdn(made))).to.equal(undefined)
    const after = call(db, done).db
    const journal = after.entid(readEdn(made))!
    expect(after.first(journal, k('block/title'))?.v).to.equal('Jan 16th, 2026')
    expect(after.first(journal, k('block/journal-day'))?.v).to.equal(20_260_116)
    expect(after.first(entity(after, '30'), k('block/refs'), journal), 'the task refers to it').to.not.equal(undefined)
    const again = call(after, done).db
    expect(again.list(undefined, k('block/journal-day'), 20_260_116), 'no second one').to.have.length(1)
  })

  for (const [given, a, expected] of [
    [`:block/link [:block/uuid ${uuid('10')}]`, 'block/link', '10'],
    [`:user.property/ref [:block/uuid ${uuid('08')}]`, 'user.property/ref', '08'],
    [`:user.property/ref {:block/uuid ${uuid('08')}}`, 'user.property/ref', '08'],
    [`:user.property/author #{[:block/uuid ${uuid('a1')}]}`, 'user.property/author', 'a1'],
    [`:user.property/author [[:block/uuid ${uuid('a1')}]]`, 'user.property/author', 'a1'],
    [`:user.property/author [:block/uuid ${uuid('a1')}]`, 'user.property/author', 'a1'],
  ] as const) {
    it(`an inserted block refers by ${given.replaceAll(/#uuid "[^"]*(..)"/g, '$1')}`, () => {
      const first = `{:block/uuid ${uuid('a1')} :block/title "one"}`
      const second = `{:block/uuid ${uuid('a2')} :block/title "two" ${given}}`
      const {db} = call(start, `[:insert-blocks [[${first} ${second}] ${uuid('04')} {:keep-uuid? true}]]`)
      expect(value(db, 'a2', a)).to.equal(entity(db, expected))
    })
  }

  it('a copy of a block that is pasted has the references of its own title', () => {
    const copied = `{:block/uuid ${uuid('20')} :block/title "pasted" :block/refs [{:block/uuid ${uuid('02')}}]}`
    const {db} = call(start, `[:insert-blocks [[${copied}] ${uuid('04')} {:outliner-op :paste}]]`)
    const made = db.first(undefined, k('block/title'), 'pasted')!.e
    expect(db.list(made, k('block/refs'))).to.deep.equal([])
  })

  it('a new block of code is in the language of the last one', () => {
    const {db} = call(start, '[:transact [[{:db/ident :logseq.kv/latest-code-lang :kv/value "python"}] nil]]')
    const code = (end: string) => `[:set-block-property [${uuid(end)} :logseq.property.node/display-type :code]]`
    const after = call(db, code('14')).db
    expect(value(after, '14', 'logseq.property.code/lang')).to.equal('python')
    const other = `{:block/uuid ${uuid('15')} :block/title "x" :logseq.property.code/lang "js"}`
    const said = call(after, `[:save-block [${other} nil]]`, code('15')).db
    expect(value(said, '15', 'logseq.property.code/lang')).to.equal('js')
    expect(value(call(start, code('14')).db, '14', 'logseq.property.code/lang')).to.equal(undefined)
  })

  it('a property is described by a text, also one of Logseq', () => {
    for (const ident of ['user.property/note', 'logseq.property/status']) {
      const upsert = (text: string) =>
        `[:upsert-property [:${ident} {:logseq.property/description ${JSON.stringify(text)}} {}]]`
      const described = (db: StoredDatabase) => {
        const block = db.first(db.entid(k(ident))!, k('logseq.property/description'))?.v
        return db.first(Number(block), k('block/title'))?.v
      }

      const {db} = call(start, upsert(' why '))
      expect(described(db), ident).to.equal('why')
      const after = call(db, upsert('because')).db
      expect(described(after), ident).to.equal('because')
      const blocks = after.list(undefined, k('block/parent'), after.entid(k(ident))!)
      const texts = blocks.map(({e}) => after.first(e, k('block/title'))?.v)
      expect(texts.filter((text) => text === 'why' || text === 'because')).to.deep.equal(['because'])
    }
  })

  it('comments are about the block that they stand under', () => {
    const {db} = call(start, `[:set-block-property [${uuid('11')} :block/tags :logseq.class/Comments]]`)
    expect(value(db, '11', 'logseq.property.comments/blocks')).to.equal(entity(db, '10'))
  })

  it('a page keeps the spaces of its title unless the mark of a page is taken out of it', () => {
    const page = (start.first(start.entid(k('logseq.class/Page')), k('block/uuid'))!.v as Uuid).text
    const written = (title: string) => {
      const block = `{:block/uuid ${uuid('a1')} :block/title ${JSON.stringify(title)} :block/tags [:logseq.class/Page]}`
      const {db} = call(start, `[:insert-blocks [[${block}] ${uuid('04')} {:keep-uuid? true}]]`)
      return value(db, 'a1', 'block/title')
    }

    expect(written(' x ')).to.equal(' x ')
    expect(written(` y #[[${page}]] `)).to.equal('y')
  })

  for (const [name, data] of [
    ['nil', ':block/collapsed? nil'],
    ['what a client has in memory', ':block.temp/shown true'],
    [
      'what a client adds to a block',
      ':block/level 3 :block/children [{:block/title "x"}] :block/meta {} :db/other-tx 1',
    ],
  ] as const) {
    it(`the data of a transaction may have ${name}`, () => {
      const block = `{:block/uuid ${uuid('14')} :block/title "written" ${data}}`
      const {db} = call(start, `[:transact [[${block} [:db/add [:block/uuid ${uuid('14')}] :block.temp/x 1]] nil]]`)
      expect(value(db, '14', 'block/title')).to.equal('written')
      expect(() => call(start, `[:transact [[[:db/add [:block/uuid ${uuid('14')}] :block/title nil]] nil]]`)).to.throw()
    })
  }

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
