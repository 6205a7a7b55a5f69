import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {request} from 'node:http'
import {connect, type Socket} from 'node:net'
import {join} from 'node:path'
import {expect} from 'chai'

import {decodeTransit} from '../../../src/values/transit.js'
import {callJson, valueOf} from '../../support/calls.js'
import {unpackGolden} from '../../support/golden.js'
import {page, UNJUDGED} from '../../support/outline.js'
import {until} from '../../support/processes.js'
import {type HttpAnswer, Sandbox} from '../../support/sandbox.js'
import {serve, type Served} from '../../support/workers.js'

const PATH = '/v1/import-db-binary'

describe('a database as the body of a request', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  let server: Served

  beforeEach(async () => {
    sandbox = new Sandbox()
    server = await serve(sandbox)
  })

  afterEach(() => sandbox.dispose())

  function send(query: string, body: Buffer, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const asking = request(
        {agent: false, headers, host: '127.0.0.1', method: 'POST', path: PATH + query, port: server.port},
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            resolve({body: text, headers: response.headers, json: JSON.parse(text), status: response.statusCode ?? 0})
          })
        },
      )
      asking.on('error', reject)
      asking.end(body)
    })
  }

  function database(): Buffer {
    unpackGolden('lists-a.sqlite', join(sandbox.dir, 'a.sqlite'))
    return readFileSync(join(sandbox.dir, 'a.sqlite'))
  }

  const titles = () => valueOf(server, 'get-all-page-titles', '"demo"')
  const leftovers = () => readdirSync(sandbox.graphDir()).filter((name) => name.includes('incoming'))

  it('takes the place of the graph, sent by a client without a token', async () => {
    expect(await titles()).to.satisfy((list: {items: string[]}) => !list.items.includes('Space'))
    for (const repo of ['logseq_db_demo', 'demo']) {
      const answer = await send(`?repo=${repo}`, database(), {'content-type': 'application/octet-stream'})
      expect(answer.json).to.have.all.keys('ok', 'resultTransit')
      expect([answer.status, decodeTransit(answer.json.resultTransit as string)]).to.deep.equal([200, null])
    }

    expect(await titles()).to.satisfy((list: {items: string[]}) => list.items.includes('Space'))
    expect(leftovers()).to.deep.equal([])
    expect(readdirSync(join(sandbox.graphDir(), 'backups'))).to.have.lengthOf.at.least(1)
    expect((await callJson(server, 'graph/check', 'demo', {':validity': true})).json.result[':ok']).to.equal(true)
    // What is written goes on, in the new graph.
    const made = page('00000000-0000-4000-8000-00000000aaaa', 'After')
    expect((await callJson(server, 'transact', 'demo', [made])).status).to.equal(200)
  })

  it('is refused before it is read, without a graph, or for another one', async () => {
    expect((await send('', database())).json.error).to.include({code: 'missing-repo'})
    expect((await send('?repo=', database())).json.error).to.include({code: 'missing-repo'})
    const other = await send('?repo=other', database())
    expect(other.status).to.equal(409)
    expect(other.json.error).to.include({code: 'repo-mismatch', 'bound-repo': 'logseq_db_demo', repo: 'other'})
    expect((await send('?repo=demo', database(), {origin: 'https://example.com'})).status).to.equal(401)
    expect((await send('?repo=demo', database(), {'content-type': 'text/plain'})).status).to.equal(401)
    expect((await send('?repo=demo&query-timeout=x', database())).json.error).to.include({code: 'bad-request'})
    expect(leftovers()).to.deep.equal([])
  })

  it('has to be a sound graph', async () => {
    const before = await titles()
    const bytes = database()
    const short = bytes.subarray(0, -8192)
    const damaged = Buffer.from(bytes)
    damaged.fill(0, 8192, 16_384)
    for (const body of [Buffer.alloc(0), Buffer.from('no database'), short, damaged])
      expect((await send('?repo=demo', body)).json.error.code).to.equal('invalid-arguments')
    expect(await titles()).to.deep.equal(before)
    expect(leftovers()).to.deep.equal([])
  })

  it('warns of entities that break rules', async () => {
    const bad = {...page('00000000-0000-4000-8000-00000000bbbb', 'Bad'), 'block/journal-day': 1.5}
    expect((await callJson(server, 'transact', 'demo', [bad], UNJUDGED)).status).to.equal(200)
    const base64 = (await callJson(server, 'export-db-base64', 'demo')).json.result as string
    const answer = await send('?repo=demo', Buffer.from(base64, 'base64'))
    expect(answer.json.warnings).to.deep.equal([
      '1 entity of this graph breaks Logseq’s rules: see `logseq graph check --validity --repo demo`',
    ])
  })

  /** Sends the first part of an upload, and waits until the server has written of it. */
  async function beginUpload(): Promise<Socket> {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    const bytes = database()
    socket.write(
      `POST ${PATH}?repo=demo HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    )
    socket.write(bytes.subarray(0, 100_000))
    await until(() => leftovers().length === 1, 5000, 'the file')
    return socket
  }

  it('leaves nothing when its client leaves in the middle of it', async () => {
    const before = await titles()
    const socket = await beginUpload()
    socket.destroy()
    await until(() => leftovers().length === 0, 5000, 'the end of the file')
    expect(await titles()).to.deep.equal(before)
  })

  it('leaves nothing when the server is stopped in the middle of it', async () => {
    const socket = await beginUpload()
    process.kill(server.pid, 'SIGTERM')
    await until(() => server.child.exitCode !== null || server.child.signalCode !== null, 40_000, 'the end')
    socket.destroy()
    expect([server.child.exitCode, leftovers()]).to.deep.equal([0, []])
  })

  it('has a limit, and is refused before it arrives', async () => {
    const socket = connect(server.port, '127.0.0.1')
    const tooLong = 8 * 2 ** 30 + 1
    socket.write(
      `POST ${PATH}?repo=demo HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: ${tooLong}\r\n\r\n`,
    )
    const text = await new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(String(data))))
    socket.destroy()
    expect(text).to.match(/^HTTP\/1.1 413 /)
    expect(leftovers()).to.deep.equal([])
  })

  it('does not leave a half file when the server is killed', async () => {
    const socket = await beginUpload()
    process.kill(server.pid, 'SIGKILL')
    await until(() => server.child.exitCode !== null || server.child.signalCode !== null, 5000, 'the end')
    socket.destroy()
    server = await serve(sandbox)
    expect(leftovers()).to.deep.equal([])
    expect(existsSync(join(sandbox.graphDir(), 'db.sqlite'))).to.equal(true)
  })
})
