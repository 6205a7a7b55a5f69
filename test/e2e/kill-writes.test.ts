import {randomUUID} from 'node:crypto'
import {copyFileSync, existsSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as wait} from 'node:timers/promises'
import {expect} from 'chai'

import {checkGraph, type CheckReport} from '../../src/engine/integrity/check.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import type {Value, ValueSet} from '../../src/values/types.js'
import {openGraph} from '../engine/storage/support.js'
import {callJson, valueOf} from '../support/calls.js'
import {UNJUDGED} from '../support/outline.js'
import {until} from '../support/processes.js'
import {rounds} from '../support/rounds.js'
import {useSandbox} from '../support/use.js'
import {serve, type Served} from '../support/workers.js'

const ROUNDS = rounds(3, 100)
const WRITERS = 3
const REPO = 'logseq_db_demo'
const TITLES =
  '[:find [?t ...] :where [?b :block/title ?t] [?b :block/uuid ?u] [(clojure.string/starts-with? ?t "kill ")]]'

describe('a server that is killed while it writes', function () {
  this.timeout(60_000 + ROUNDS * 20_000)
  const sandbox = useSandbox()

  /** Kills it as power fails: without a word, at any moment. */
  async function kill({child, pid}: Served): Promise<void> {
    process.kill(pid, 'SIGKILL')
    await until(() => child.signalCode !== null, 5000, 'the end of the server')
  }

  /** Some blocks in one write, for the tail or for more than fits into it. @returns whether it was acknowledged */
  async function write(server: Served, name: string, size: number): Promise<boolean> {
    const blocks = Array.from({length: size}, (_, i) => ({
      'block/title': i === 0 ? `kill ${name} a` : i === 1 ? `kill ${name} b` : `filler ${name} ${i}`,
      'block/uuid': `~u${randomUUID()}`,
    }))
    try {
      const {body, status} = await callJson(server, 'transact', REPO, blocks, UNJUDGED, null)
      if (status !== 200) throw new Error(`refused: ${status} ${body}`)
      return true
    } catch (error) {
      if ((error as Error).message.startsWith('refused')) throw error
      return false // the connection broke
    }
  }

  /** Writes without a pause until the server is gone. */
  async function writeOn(server: Served, writer: string, acknowledged: string[], onWritten: () => void): Promise<void> {
    for (let i = 0; ; i++) {
      if (!(await write(server, `${writer}.${i}`, i % 7 === 6 ? 20 : 2))) return
      acknowledged.push(`${writer}.${i}`)
      onWritten()
    }
  }

  /** What fsck says of what the dead server left. A copy is looked at: nothing heals the original before the next start. */
  async function checkLeft(round: number): Promise<CheckReport> {
    const dir = join(sandbox.dir, `left ${round}`)
    mkdirSync(dir)
    for (const name of ['db.sqlite', 'db.sqlite-wal'])
      if (existsSync(join(sandbox.graphDir(), name))) copyFileSync(join(sandbox.graphDir(), name), join(dir, name))
    const {kvs, store} = await openGraph(dir)
    const report = runSync(checkGraph(store.db, kvs, NO_LIMITS))
    store.close()
    return report
  }

  it(`has kept all that it acknowledged, whole, in ${ROUNDS} rounds; and the graph is sound`, async () => {
    const acknowledged: string[] = []
    let server = await serve(sandbox)
    for (let round = 0; round < ROUNDS; round++) {
      const enough = acknowledged.length + 50 + Math.floor(Math.random() * 40)
      const {promise: reached, resolve} = withResolvers()
      const writing = server
      const writers = Array.from({length: WRITERS}, (_, i) =>
        writeOn(writing, `${round}.${i}`, acknowledged, () => acknowledged.length >= enough && resolve()),
      )
      await Promise.race([reached, ...writers])
      await wait(Math.random() * 8)
      await kill(server)
      await Promise.all(writers)
      expect(acknowledged.length, 'it was killed, and did not end by itself').to.be.at.least(enough)

      const report = await checkLeft(round)
      expect(report.problems, `round ${round}`).to.deep.equal([])
      server = await serve(sandbox)
      const titles = new Set(await titlesOf(server))
      const lost = acknowledged.filter((name) => !titles.has(`kill ${name} a`) || !titles.has(`kill ${name} b`))
      expect(lost, `round ${round}: acknowledged and lost`).to.deep.equal([])
      const halves = [...titles].filter(
        (title) => !titles.has(title.replace(/[ab]$/, (end) => (end === 'a' ? 'b' : 'a'))),
      )
      expect(halves, `round ${round}: written by half`).to.deep.equal([])
    }

    expect(acknowledged.length).to.be.at.least(50 * ROUNDS)
  })

  async function titlesOf(server: Served): Promise<string[]> {
    const found = (await valueOf(server, 'q', `"${REPO}"`, `[${TITLES}]`)) as ValueSet | readonly Value[]
    return [...found].map(String)
  }
})

function withResolvers(): {promise: Promise<void>; resolve(): void} {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return {promise, resolve: () => resolve()}
}
