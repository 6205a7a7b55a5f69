import {copyFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {RequestLog} from '../../../src/engine/storage/requests.js'
import {openSqlite} from '../../../src/lib/sqlite.js'
import {UNJUDGED} from '../../support/outline.js'
import {end, lives, until} from '../../support/processes.js'
import {http} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'
import {serve, type Served} from '../../support/workers.js'

const ID = '00000000-0000-4000-8000-0000000000aa'

describe('a write with a request id', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  const call = ({port, token}: Served, id: unknown, method = 'transact', ...args: unknown[]) =>
    http(port, '/v1/invoke', {body: {args: ['demo', ...args], method: `thread-api/${method}`, 'request-id': id}, token})
  const write = (server: Served, id: unknown, title = 'once') =>
    call(server, id, 'transact', [{'block/title': title}], UNJUDGED)
  const count = async (server: Served) =>
    (await call(server, undefined, 'q', ['[:find (count ?e) . :where [?e :block/title "once"]]'])).json.result

  it('is done once, and answered each time, over a kill -9 and a restart', async () => {
    let server = await serve(sandbox)
    for (let i = 0; i < 3; i++) expect((await write(server, ID)).json).to.deep.equal({ok: true, result: null})
    expect(await count(server)).to.equal(1)
    await end(server.known)
    server = await serve(sandbox)
    expect((await write(server, ID)).json).to.deep.equal({ok: true, result: null})
    expect(await count(server)).to.equal(1)
    for (let i = 0; i < 2; i++) await write(server, undefined)
    expect(await count(server)).to.equal(3)
  })

  it('is refused with a word when its stored response is damaged', async () => {
    let server = await serve(sandbox)
    expect((await write(server, ID)).status).to.equal(200)
    process.kill(server.pid, 'SIGTERM')
    await until(() => !lives(server.known), 20_000, 'the server to stop')
    // In a copy: a process that has ended holds its locks for some milliseconds more.
    const [path, copy] = [join(sandbox.graphDir(), 'db.sqlite'), join(sandbox.dir, 'copy.sqlite')]
    copyFileSync(path, copy)
    const db = openSqlite(copy)
    db.exec("UPDATE logseq_server_requests SET result = X'01'")
    db.close()
    copyFileSync(copy, path)
    server = await serve(sandbox)
    expect((await write(server, ID)).json.error).to.include({code: 'graph-damaged'})
  })

  it('is refused for other arguments than those of the first, over a restart too', async () => {
    let server = await serve(sandbox)
    expect((await write(server, ID)).status).to.equal(200)
    for (let i = 0; i < 2; i++) {
      expect((await write(server, ID, 'other')).json.error).to.include({code: 'bad-request'})
      expect((await call(server, ID, 'transact', [{'block/title': 'once'}], {'a/b': 1})).json.error).to.include({
        code: 'bad-request',
      })
      expect((await write(server, ID)).json).to.deep.equal({ok: true, result: null})
      expect(await count(server)).to.equal(1)
      await end(server.known)
      server = await serve(sandbox)
    }
  })

  it('is refused for other arguments in transit, too, and answered for the same', async () => {
    const server = await serve(sandbox)
    const send = (title: string) =>
      http(server.port, '/v1/invoke', {
        body: {
          argsTransit: JSON.stringify([
            'demo',
            [['^ ', '~:block/title', title]],
            ['^ ', '~:skip-validate-db?', true],
            null,
          ]),
          method: 'thread-api/transact',
          'request-id': ID,
        },
        token: server.token,
      })
    expect((await send('once')).status).to.equal(200)
    expect((await send('other')).json.error).to.include({code: 'bad-request'})
    expect((await write(server, ID)).json.error, 'the same call in plain JSON').to.include({code: 'bad-request'})
    expect((await send('once')).status).to.equal(200)
    expect(await count(server)).to.equal(1)
  })

  it('is done once although it changed nothing: what others wrote in between is not taken back', async () => {
    let server = await serve(sandbox)
    const entity = 1
    const retract = () => call(server, ID, 'transact', [[':db/retract', entity, ':block/title', 'once']], UNJUDGED)
    expect((await retract()).json).to.deep.equal({ok: true, result: null})
    expect(
      (await call(server, undefined, 'transact', [[':db/add', entity, ':block/title', 'once']], UNJUDGED)).status,
    ).to.equal(200)
    for (let i = 0; i < 2; i++) {
      expect((await retract()).json).to.deep.equal({ok: true, result: null})
      expect(await count(server)).to.equal(1)
      await end(server.known)
      server = await serve(sandbox)
    }
  })

  it('is forgotten when it failed, and done when it is sent right', async () => {
    const server = await serve(sandbox)
    expect((await call(server, ID, 'transact', [7])).status).to.equal(400)
    expect((await write(server, ID)).status).to.equal(200)
    expect(await count(server)).to.equal(1)
  })

  it('is refused for an id that is not one', async () => {
    const server = await serve(sandbox)
    for (const id of ['', 'short', 'x'.repeat(65), 'with a space', 7, {}])
      expect((await write(server, id)).json.error, JSON.stringify(id)).to.include({code: 'bad-request'})
    expect(await count(server)).to.equal(null)
  })

  it('leaves nothing in backups, and none without an id makes the table', async () => {
    const server = await serve(sandbox)
    const tables = async (name: string) => {
      const file = join(sandbox.dir, name)
      expect((await call(server, undefined, 'backup-db-sqlite', file)).status).to.equal(200)
      const db = openSqlite(file)
      try {
        return db.all('SELECT name FROM sqlite_master').map((row) => row['name'])
      } finally {
        db.close()
      }
    }

    await write(server, ID)
    expect(await tables('copy.sqlite')).to.deep.equal(['kvs'])
    expect(
      (await http(server.port, '/v1/invoke', {body: {args: ['demo'], method: 'graph/check'}, token: server.token})).json
        .result,
    ).to.include({':ok': true})
  })

  it('is remembered among the last 500, and for a day', () => {
    let now = 1_000_000_000_000
    const db = openSqlite(join(sandbox.dir, 'log.sqlite'))
    try {
      const log = new RequestLog(db, () => now)
      expect(log.lookUp('id-0')).to.equal(undefined)
      // In one transaction: 600 would be synced one by one, which takes minutes on a loaded machine.
      db.transaction(() => {
        for (let i = 0; i < 600; i++) log.remember({id: `id-${i}`, method: 'm', result: String(i)})
      })
      expect(log.lookUp('id-99')).to.equal(undefined)
      expect(log.lookUp('id-100')).to.deep.equal({id: 'id-100', method: 'm', result: '100'})
      now += 25 * 60 * 60 * 1000
      log.remember({id: 'late', method: 'm', result: 'r'})
      expect(log.lookUp('id-599')).to.equal(undefined)
      expect(log.lookUp('late')?.result).to.equal('r')
    } finally {
      db.close()
    }
  })
})
