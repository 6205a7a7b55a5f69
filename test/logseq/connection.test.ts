import {expect} from 'chai'

import {TX0} from '../../src/engine/datom.js'
import {type CooperativeTask, type ExecutionContext, NO_LIMITS} from '../../src/engine/task.js'
import type {Connection} from '../../src/logseq/connection.js'
import {readEdn} from '../../src/values/edn-read.js'
import {keyword} from '../../src/values/scalars.js'
import {block, GraphFiles, UNJUDGED, write} from '../engine/graph-file.js'
import {disorder, lines, reasonOf} from '../engine/support.js'

const TITLE = keyword('block/title')

describe('a connection', () => {
  let files: GraphFiles

  beforeEach(() => {
    files = new GraphFiles()
    files.make()
  })

  afterEach(() => files.dispose())

  const state = ({db}: Connection) => ({
    facts: lines(db.list(undefined)),
    maxEid: db.maxEid,
    maxTx: db.maxTx - TX0,
    problems: disorder(db),
  })
  const tailOf = () => files.rows().find((row) => row.startsWith('{"addr":1,'))!

  it('restores what was written, from the tail and from the trees', () => {
    const connection = files.connect()
    const tails = new Set<boolean>()
    for (let i = 0; i < 30; i++) {
      write(connection, i % 7 === 3 ? `[[:db/retractEntity ${connection.db.maxEid - 1}]]` : block(i))
      const empty = tailOf().includes('"content":"[]"')
      if (!tails.has(empty) || i % 6 === 0) expect(state(files.connect())).to.deep.equal(state(connection))
      tails.add(empty)
    }

    expect(tails).to.have.lengthOf(2, 'both ways of writing')
  })

  it('puts up to 32 facts into the tail', () => {
    const connection = files.connect()
    const root = files.rows()[0]
    write(connection, '[{:db/ident :logseq.kv/mine :kv/value 1}]')
    const more = Array.from({length: 15}, (_, i) => `{:db/ident :logseq.kv/more${i} :kv/value ${i}}`)
    write(connection, `[${more.join('')}]`)
    const transactions = JSON.parse(JSON.parse(tailOf()).content) as unknown[][]
    expect(transactions.map(({length}) => length)).to.deep.equal([2, 30])
    expect(files.rows()[0]).to.equal(root)
    write(connection, '[[:db/retract :logseq.kv/mine :kv/value 1]]')
    expect(JSON.parse(tailOf()).content).to.equal('[]')
    const newRoot = files.rows()[0]
    expect(newRoot).to.not.equal(root)
    write(connection, '[{:db/ident :logseq.kv/most :kv/value 1}]')
    expect(JSON.parse(JSON.parse(tailOf()).content)).to.have.length(1)
    expect(files.rows()[0]).to.equal(newRoot)
  })

  it('writes nothing when nothing has changed', () => {
    const connection = files.connect()
    const rows = files.rows()
    expect(write(connection, '[]').txData).to.deep.equal([])
    expect(write(connection, '[[:db/add 1 :db/ident :logseq.class/Root]]').txData).to.deep.equal([])
    expect(reasonOf(() => write(connection, '[[:db/add 1 :block/titel 1]]'))).to.equal('unknown-attribute')
    expect(files.rows()).to.deep.equal(rows)
  })

  it('shows each reader the graph as it was when it began', () => {
    const connection = files.connect()
    const taken = []
    for (let i = 0; i < 25; i++) {
      const {db, release} = connection.snapshot()
      taken.push({db, expected: lines(db.list(undefined)), release})
      write(connection, block(i, 'x'.repeat(i)))
    }

    for (const {db, expected, release} of taken.reverse()) {
      expect(lines(db.list(undefined))).to.deep.equal(expected)
      release()
    }

    const {db} = connection.snapshot()
    expect(db.list(undefined, TITLE, 'x'.repeat(24))).to.have.length(1)
  })

  it('lets others read between its steps, and they see nothing of it', () => {
    const connection = files.connect()
    const before = connection.db.list(undefined).length
    const work = connection.transact(
      readEdn(`[${[1, 2, 3].map((n) => block(n).slice(1, -1)).join('')}]`),
      {shouldYield: () => true, reserveRows() {}},
      UNJUDGED,
    )
    let slices = 0
    for (let step = work.next(); !step.done; step = work.next()) {
      slices++
      expect(connection.db.list(undefined)).to.have.length(before)
      expect(() => connection.transact(readEdn(block(9)), NO_LIMITS).next()).to.throw('a write is under way')
    }

    expect(slices).to.be.greaterThan(5)
    expect(connection.db.list(undefined).length).to.be.greaterThan(before)
  })

  it('a write that is ended half-way has not happened', () => {
    const connection = files.connect()
    for (const data of [block(1), `[${Array.from({length: 12}, (_, n) => block(n).slice(1, -1)).join('')}]`]) {
      const before = state(connection)
      const rows = files.rows()
      for (let after = 1; ; after += 3) {
        const work = connection.transact(readEdn(data), {shouldYield: () => true, reserveRows() {}}, UNJUDGED)
        let step = work.next()
        for (let i = 1; i < after && !step.done; i++) step = work.next()
        if (step.done) break
        work.return(undefined as never)
        expect(state(connection)).to.deep.equal(before)
        expect(files.rows()).to.deep.equal(rows)
      }
    }

    write(connection, block(100))
    expect(state(files.connect())).to.deep.equal(state(connection))
  })

  it('a write that cannot be stored leaves everything as it was, and the next one goes on', () => {
    const connection = files.connect()
    write(connection, block(1))
    for (let round = 0; round < 2; round++) {
      const before = state(connection)
      const rows = files.rows()
      const full = files.full(connection)
      const long = 'x'.repeat(10_000)
      const many = Array.from({length: 20}, (_, i) => block(round * 100 + i + 10, long).slice(1, -1)).join('')
      expect(() => write(connection, `[${many}]`), 'the trees').to.throw(/full/)
      expect(() => write(connection, block(5 + round, long.repeat(20))), 'the tail').to.throw(/full/)
      expect(state(connection)).to.deep.equal(before)
      full.end()
      expect(files.rows()).to.deep.equal(rows)
      write(connection, block(5 + round, 'there is room'))
      write(connection, `[${many}]`)
      expect(state(files.connect())).to.deep.equal(state(connection))
    }
  })

  it('makes a backup before its first write, and asks before each whether the graph is still its own', () => {
    const calls: string[] = []
    let mine = true
    let room = false
    const connection = files.connect({
      *backUp() {
        calls.push('backup')
        if (!room) throw new Error('no room for a backup')
        yield
      },
      markSearchStale: () => calls.push('search'),
      assertOwnership() {
        calls.push('mine')
        if (!mine) throw new Error('not mine')
      },
    })
    const rows = files.rows()
    write(connection, '[]')
    expect(calls, 'nothing to write').to.deep.equal([])
    expect(() => write(connection, block(1))).to.throw('no room')
    expect(files.rows()).to.deep.equal(rows)
    room = true
    write(connection, block(1))
    write(connection, block(2))
    mine = false
    const written = files.rows()
    expect(() => write(connection, block(3))).to.throw('not mine')
    expect(files.rows()).to.deep.equal(written)
    expect(calls).to.deep.equal(['backup', 'backup', 'search', 'mine', 'search', 'mine', 'search', 'mine'])
    expect(files.connect().db.list(undefined, TITLE, 'block 2')).to.have.length(1)
  })

  it('asks at the very end, when a large write has taken its time', () => {
    const data = readEdn(`[${Array.from({length: 50}, (_, i) => block(i + 10).slice(1, -1)).join('')}]`)
    const hasty: ExecutionContext = {shouldYield: () => true, reserveRows() {}}
    files.make(undefined, 'other')
    const all = turnsOf(files.connect({}, 'other').transact(data, hasty, UNJUDGED))
    let mine = true
    const connection = files.connect({
      assertOwnership() {
        if (!mine) throw new Error('not mine')
      },
    })
    const rows = files.rows()
    const before = state(connection)
    expect(() =>
      turnsOf(connection.transact(data, hasty, UNJUDGED), (turns) => {
        mine = turns < all
      }),
    ).to.throw('not mine')
    expect(files.rows()).to.deep.equal(rows)
    expect(state(connection)).to.deep.equal(before)
  })
})

/** Runs a task. @returns how many times it let others in */
function turnsOf(task: CooperativeTask<unknown>, onTurn: (turns: number) => void = () => {}): number {
  let turns = 0
  while (!task.next().done) onTurn(++turns)
  return turns
}
