import {expect} from 'chai'

import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword} from '../../../src/values/scalars.js'
import {decodeTransit} from '../../../src/values/transit.js'
import {ValueMap} from '../../../src/values/types.js'
import {callJson, callTransit} from '../../support/calls.js'
import {UNJUDGED} from '../../support/outline.js'
import {lives, until} from '../../support/processes.js'
import {hold} from '../../support/raw.js'
import {http} from '../../support/sandbox.js'
import {factsOf, Listener} from '../../support/streams.js'
import {useServer} from '../../support/use.js'

/** The data of a write that adds, or changes, one block. */
const block = (n: number, title: string) => [
  {'block/title': title, 'block/uuid': `~u00000000-0000-4000-8000-${String(n).padStart(12, '0')}`},
]

describe('the events of writes', function () {
  this.timeout(180_000)
  const {server} = useServer()

  it('say what was written, byte for byte as Logseq’s clients read it', async () => {
    const raw = await hold(
      server.port,
      `GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
    )
    await until(() => raw.received() !== '', 5000, 'the stream')
    await callTransit(
      server,
      'transact',
      '"demo"',
      '[{:block/uuid #uuid "00000000-0000-4000-8000-000000000001" :block/title "new"}]',
      '{:outliner-op :save-block :skip-validate-db? true}',
    )
    await until(() => raw.received().includes('data: '), 5000, 'the event')
    raw.socket.destroy()
    const line = /data: (.*)\n\n/.exec(raw.received())![1]!
    const {payload, type} = JSON.parse(line) as {payload: string; type: string}
    expect(type).to.equal('sync-db-changes')
    expect(payload)
      .to.match(
        /^\["~:sync-db-changes",\["\^ ","~:repo","logseq_db_demo","~:request-id",null,"~:tx-data",\[\["~#datascript\/Datom",\[\d+,"~:block\/uuid","~u00000000-0000-4000-8000-000000000001",\d+\]\],/,
      )
      .and.match(/,"~:tx-meta",\["\^ ","~:outliner-op","~:save-block","~:skip-validate-db\?",true\]\]\]$/)
  })

  it('reach every client, in the order of the commits, with what was added and what was retracted', async () => {
    const listeners = await Promise.all([1, 2, 3].map(() => Listener.open(server)))
    const writes = Array.from({length: 20}, (_, i) =>
      callJson(server, 'transact', 'demo', block(1, `title ${i}`), {n: i, ...UNJUDGED}),
    )
    expect((await Promise.all(writes)).map(({status}) => status)).to.deep.equal(writes.map(() => 200))
    const [first, ...others] = await Promise.all(listeners.map((listener) => listener.heard(20)))
    const reported = first!.map((event) => ({
      facts: factsOf(event).filter(({a}) => a === keyword('block/title')),
      meta: (event.data.get(keyword('tx-meta')) as ValueMap).get(keyword('n')),
      name: event.name,
    }))
    for (const [i, {facts, name}] of reported.entries()) {
      expect(name).to.equal(':sync-db-changes')
      const titles = facts.map(({added, v}) => [v, added])
      const before = reported[i - 1]?.facts.find(({added}) => added)
      // Each retracts what the one before it has added: no event is missing, none is out of its place.
      expect(titles).to.have.deep.members([
        [`title ${String(reported[i]!.meta)}`, true],
        ...(before ? [[before.v, false]] : []),
      ])
    }

    const transactions = first!.map((event) => factsOf(event)[0]!.tx)
    expect(transactions).to.deep.equal(transactions.toSorted((a, b) => a - b))
    for (const other of others) expect(other).to.deep.equal(first)
    for (const listener of listeners) listener.close()
  })

  it('are not sent for a write that was refused', async () => {
    const listener = await Listener.open(server)
    expect((await callJson(server, 'transact', 'demo', [{'db/id': 1, 'block/title': 7}])).status).to.equal(400)
    await callJson(server, 'transact', 'demo', block(1, 'one'), UNJUDGED)
    expect(await listener.heard(1)).to.have.length(1)
    listener.close()
  })

  it('have a notification where Logseq’s app shows why an operation was refused', async () => {
    const raw = await hold(
      server.port,
      `GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
    )
    await until(() => raw.received() !== '', 5000, 'the stream')
    expect(
      (await callTransit(server, 'apply-outliner-ops', '"demo"', '[[:create-page ["a#b" {}]]]', '{}')).status,
    ).to.equal(400)
    const page =
      '[{:block/uuid #uuid "00000000-0000-4000-8000-0000000000ee" :block/title "no name" :block/tags :logseq.class/Page}]'
    expect((await callTransit(server, 'transact', '"demo"', page)).status).to.equal(400)
    await until(() => raw.received().split('data: ').length > 2, 5000, 'the events')
    raw.socket.destroy()
    const payloads = [...raw.received().matchAll(/data: (.*)\n\n/g)].map(([, line]) => {
      const {payload, type} = JSON.parse(line!) as {payload: string; type: string}
      expect(type).to.equal('notification')
      return writeEdn(decodeTransit(payload))
    })
    expect(payloads).to.deep.equal([
      `[:notification ["Page name can't include \\"#\\"." :warning nil nil nil {:i18n-key :page.validation/name-no-hash}]]`,
      '[:notification [nil :error nil nil nil {:i18n-key :storage/invalid-data-writing}]]',
    ])
  })

  it('are sent although the client that wrote has left', async () => {
    const listener = await Listener.open(server)
    const body = JSON.stringify({args: ['demo', block(1, 'one'), UNJUDGED], method: 'thread-api/transact'})
    const writer = await hold(
      server.port,
      `POST /v1/invoke HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    await until(() => writer.received().includes('"ok":true'), 5000, 'the answer')
    writer.socket.destroy()
    await listener.heard(1)
    listener.close()
  })

  it('do not fill the memory with what a client does not read: it is dropped, and the others hear on', async () => {
    const deaf = await hold(
      server.port,
      `GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
    )
    await until(() => deaf.received() !== '', 5000, 'the stream')
    deaf.socket.pause()
    deaf.socket.on('error', () => {})
    const listener = await Listener.open(server)
    const long = 'x'.repeat(1024 * 1024)
    for (let i = 0; i < 20; i++) {
      const answer = await callJson(server, 'transact', 'demo', block(1, `${i} ${long}`), UNJUDGED)
      expect(answer.status, answer.body.slice(0, 200)).to.equal(200)
    }

    await listener.heard(20)
    deaf.socket.resume()
    await until(() => deaf.socket.destroyed || deaf.socket.readableEnded, 10_000, 'the end of the deaf client')
    expect(deaf.received().length).to.be.lessThan(15 * 1024 * 1024)
    expect(lives(server.known)).to.equal(true)
    expect(listener.ended).to.equal(false)
    listener.close()
    expect((await http(server.port, '/readyz')).body).to.equal('ok')
  })
})
