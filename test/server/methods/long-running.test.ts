import {readFileSync} from 'node:fs'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {callJson} from '../../support/calls.js'
import {usedBy} from '../../support/computing.js'
import {UNJUDGED} from '../../support/outline.js'
import {stateOf, until} from '../../support/processes.js'
import {hold} from '../../support/raw.js'
import {http} from '../../support/sandbox.js'
import {useServer} from '../../support/use.js'
import {endOf} from '../../support/workers.js'

/** Others are answered within 200 ms; three times that does not fail on a slow machine. */
const BOUND_MS = 600

/** A query that goes on for minutes, and holds few rows: each of some 400,000 is looked at 900 times. */
const LONG_RUNNING = `[:find (count ?e) . :where [?e ?a ?v] [?b :db/ident] ${'[(str ?e " " ?b " " ?e " " ?b)]'.repeat(900)}]`

const uuid = (n: number) => `~u00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** The data of a write of so many blocks. */
const blocks = (count: number, from = 0) =>
  Array.from({length: count}, (_, i) => ({'block/title': `block ${i}`, 'block/uuid': uuid(from + i)}))

describe('while a long-running task is executed', function () {
  this.timeout(120_000)
  const {server} = useServer()

  /** Sends a request, and leaves the answer to whoever wants it. */
  async function begin(method: string, args: unknown[], more: object = {}) {
    const body = JSON.stringify({
      args: ['demo', ...args],
      method: `thread-api/${method}`,
      'query-timeout': 100_000,
      ...more,
    })
    return hold(
      server.port,
      `POST /v1/invoke HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }

  /** What the server computed until the slowest of some answers, in ms; each must succeed. */
  async function slowest(asks: Array<() => Promise<{status: number}>>): Promise<number> {
    let most = 0
    for (const ask of asks) {
      const began = usedBy(server.pid)
      const {status} = await ask()
      most = Math.max(most, usedBy(server.pid) - began)
      expect(status).to.equal(200)
    }

    return most
  }

  const others = () => [
    () => http(server.port, '/healthz'),
    () => http(server.port, '/readyz'),
    () => callJson(server, 'pull', 'demo', '[:block/title]', ':logseq.class/Task'),
    () => callJson(server, 'q', 'demo', ['[:find ?e . :where [?e :db/ident :logseq.class/Task]]']),
    () => callJson(server, 'datoms', 'demo', ':avet', ':db/ident', ':logseq.class/Task'),
    () => callJson(server, 'transact', 'demo', blocks(1), UNJUDGED),
  ]

  /** Asks until something has come about. @returns what the slowest answer took, in ms */
  async function askWhile(going: () => boolean): Promise<{asked: number; most: number}> {
    let asked = 0
    let most = 0
    while (going()) {
      most = Math.max(most, await slowest(others().slice(0, 5)))
      asked++
    }

    return {asked, most}
  }

  for (const count of [1, 5]) {
    it(`answers health, other reads and writes at once: ${count} queries`, async () => {
      const longRunning = await Promise.all(Array.from({length: count}, () => begin('q', [[LONG_RUNNING]])))
      await delay(100) // they are under way
      for (let round = 0; round < 5; round++) expect(await slowest(others())).to.be.lessThan(BOUND_MS)
      for (const {received, socket} of longRunning) {
        expect(received()).to.equal('')
        socket.destroy()
      }
    })
  }

  it('answers health and other reads at once: a large write', async () => {
    await callJson(server, 'transact', 'demo', blocks(1), UNJUDGED)
    const writing = await begin('transact', [blocks(5000, 10), UNJUDGED])
    const {asked, most} = await askWhile(() => writing.received() === '')
    expect(writing.received()).to.match(/^HTTP\/1\.1 200 /)
    expect(asked).to.be.greaterThan(0)
    expect(most).to.be.lessThan(BOUND_MS)
    writing.socket.destroy()
  })

  it('answers health and other reads at once: a large result', async () => {
    await callJson(server, 'transact', 'demo', blocks(5000, 10), UNJUDGED)
    for (const more of [{}, {args: undefined, argsTransit: '["demo","~:eavt"]'}]) {
      const reading = await begin('datoms', [':eavt'], more)
      const {most} = await askWhile(() => reading.received() === '')
      expect(reading.received()).to.match(/^HTTP\/1\.1 200 /)
      expect(most).to.be.lessThan(BOUND_MS)
      reading.socket.destroy()
    }
  })

  it('accepts a stop at once, waits ten seconds for requests in flight, and reports that they were cancelled', async () => {
    const longRunning = await begin('q', [[LONG_RUNNING]])
    await delay(100)
    const began = performance.now()
    const computed = usedBy(server.pid)
    const asked = await http(server.port, '/v1/shutdown', {body: {'owner-source': 'cli'}, token: server.token})
    expect(asked.json).to.deep.equal({ok: true})
    expect(usedBy(server.pid) - computed).to.be.lessThan(BOUND_MS)
    expect((await callJson(server, 'pull', 'demo', '[*]', 1)).json.error.code).to.equal('server-stopping')
    // Its clock goes on while it is stopped, and computes nothing: a server that waits for less ends as soon as it continues.
    process.kill(server.pid, 'SIGSTOP')
    await delay(8000 - (performance.now() - began))
    process.kill(server.pid, 'SIGCONT')
    expect(await endOf(server.child)).to.deep.equal({code: 0, signal: null})
    expect(performance.now() - began).to.be.within(9000, 30_000)
    expect(longRunning.received())
      .to.match(/^HTTP\/1\.1 503 /)
      .and.contain('"code":"server-stopping"')
  })

  it('cancels a query when its time is up', async () => {
    const [began, computed] = [performance.now(), usedBy(server.pid)]
    const answer = await http(server.port, '/v1/invoke', {
      body: {args: ['demo', [LONG_RUNNING]], method: 'thread-api/q', 'query-timeout': 300},
      token: server.token,
    })
    expect(answer.status).to.equal(408)
    expect(answer.json.error).to.include({code: 'query-timeout', 'timeout-ms': 300})
    expect(performance.now() - began).to.be.at.least(300)
    expect(usedBy(server.pid) - computed).to.be.lessThan(300 + BOUND_MS)
  })

  it('refuses a query-timeout that is not a time', async () => {
    for (const given of [0, -1, '30s', 3_600_001, {}, true]) {
      const answer = await http(server.port, '/v1/invoke', {
        body: {args: [], method: 'thread-api/init', 'query-timeout': given},
        token: server.token,
      })
      expect(answer.status, String(given)).to.equal(400)
      expect(answer.json.error.code).to.equal('bad-request')
    }
  })

  it('cancels a query when its client disconnects', async () => {
    const longRunning = await begin('q', [[LONG_RUNNING]])
    const quiet = cpuOf(server.pid)
    await until(() => cpuOf(server.pid) - quiet > 10, 60_000, 'the query to compute for 100 ms')
    longRunning.socket.destroy()
    let asleep = 0
    await until(
      () => {
        asleep = stateOf(server.pid) === 'S' ? asleep + 1 : 0
        return asleep === 10
      },
      10_000,
      'the server to be idle',
    )
  })
})

/** The time that a process has computed, in hundredths of a second. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
