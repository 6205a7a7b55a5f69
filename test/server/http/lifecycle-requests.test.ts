import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {connect} from 'node:net'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {clientProofOf} from '../../../src/lib/lock/proof.js'
import {lives, until} from '../../support/processes.js'
import {exchange, hold} from '../../support/raw.js'
import {http} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'
import {serve, type Served} from '../../support/workers.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** A header without an effect, with which the HTTP server of Node.js reads a request. */
const BY_NODE = 'Accept: */*\r\n'

const CHALLENGE = 'Y2hhbGxlbmdl'

/** A response without what differs from one to the next. */
const settled = (text: string) =>
  text
    .replaceAll(/(?<=x-request-id: )[\w-]{36}(?=\r\n)/g, 'ID')
    .replaceAll(/(?<=Date: )\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT(?=\r\n)/g, 'DATE')
    .replaceAll(/(?<="(memory|idle-ms|connections)":)[\d.]+/g, '0')
    .replaceAll(/(?<=content-length: )\d+/g, 'LENGTH')

describe('requests of the lifecycle', function () {
  this.timeout(60_000)
  const sandbox = useSandbox('suite')
  let server: Served

  before(async () => {
    server = await serve(sandbox)
  })

  const host = () => `Host: 127.0.0.1:${server.port}\r\n`
  const bearer = (token = server.token) => `authorization: Bearer ${token}\r\n`

  /** Sends a request, and returns its response, whose end shows by its length. */
  async function ask(text: string): Promise<string> {
    const {received, socket} = await hold(server.port, text)
    try {
      await until(() => isWhole(received()) || socket.destroyed, 15_000, 'the response')
      return received()
    } finally {
      socket.destroy()
    }
  }

  function isWhole(text: string): boolean {
    const [head = '', body] = text.split('\r\n\r\n')
    return body !== undefined && Buffer.byteLength(body) === Number(/content-length: (\d+)/i.exec(head)?.[1])
  }

  const proof = (lockId: string, token = server.token) => clientProofOf(token, lockId, CHALLENGE)
  const health = (...lines: string[]) => `GET /healthz HTTP/1.1\r\n${lines.join('')}\r\n`
  const post = (body: string, ...lines: string[]) =>
    `POST /v1/shutdown HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\ncontent-type: application/json\r\n\r\n${body}`
  const challenge = `x-challenge: ${CHALLENGE}\r\n`

  const REQUESTS: Record<string, () => string> = {
    'health with a challenge': () => health(host(), challenge),
    'health with the name localhost': () => health(`Host: localhost:${server.port}\r\n`, challenge),
    'health without a challenge': () => health(host()),
    'health with a challenge that is too long': () => health(host(), `x-challenge: ${'x'.repeat(257)}\r\n`),
    'health with the proof of a client': () =>
      health(host(), challenge, `x-client-proof: ${proof(String(sandbox.record()!['lock-id']))}\r\n`),
    'health with a wrong proof': () => health(host(), challenge, `x-client-proof: ${proof('x')}\r\n`),
    'health of another name': () => health('Host: example.org\r\n', challenge),
    'health of another port': () => health('Host: 127.0.0.1:1\r\n', challenge),
    'the status with the token': () => `GET /v1/status HTTP/1.1\r\n${host()}${bearer()}\r\n`,
    'the status with a wrong token': () => `GET /v1/status HTTP/1.1\r\n${host()}${bearer('x')}\r\n`,
    'the status of a program of this user': () => `GET /v1/status HTTP/1.1\r\n${host()}\r\n`,
    'a stop with a wrong token': () => post('{"owner-source": "cli"}', host(), bearer('x')),
    'a stop that is not JSON': () => post('{', host(), bearer()),
    'a stop without an owner': () => post('{}', host(), bearer()),
    'a stop by another side': () => post('{"owner-source": "electron"}', host(), bearer()),
    'a stop by another name': () => post('{"owner-source": "cli"}', 'Host: a\r\n', bearer()),
  }
  for (const [what, request] of Object.entries(REQUESTS)) {
    it(`have the response of Node.js, byte by byte: ${what}`, async () => {
      const text = request()
      const direct = await ask(text)
      expect(settled(direct)).to.match(/^HTTP\/1\.1 \d{3} /)
      expect(settled(direct)).to.equal(settled(await ask(text.replace('\r\n', `\r\n${BY_NODE}`))))
    })
  }

  it('may follow each other over one connection, and others may', async () => {
    const {received, socket} = await hold(server.port, health(host(), challenge))
    const responses = () => received().match(/HTTP\/1\.1 \d{3}/g) ?? []
    const next = async (text: string, count: number) => {
      socket.write(text)
      await until(() => responses().length === count, 15_000, `response ${count}`)
    }

    try {
      await until(() => responses().length === 1, 15_000, 'the first response')
      await next(health(host(), challenge), 2)
      await next(`GET /readyz HTTP/1.1\r\n${host()}${BY_NODE}\r\n`, 3)
      await next(health(host(), challenge), 4)
      await next(health(host(), challenge) + health(host(), challenge), 6)
      expect(responses()).to.deep.equal(Array.from({length: 6}, () => 'HTTP/1.1 200'))
    } finally {
      socket.destroy()
    }
  })

  it('may come two at once, and in pieces', async () => {
    const one = health(host(), challenge)
    expect(
      (await exchange(server.port, one + one.replace('\r\n', '\r\nConnection: close\r\n'))).match(/HTTP/g),
    ).to.have.length(2)
    for (const at of [1, 20, one.length - 1]) {
      const {received, socket} = await hold(server.port, one.slice(0, at))
      socket.setNoDelay(true)
      await until(() => socket.bytesWritten === at, 5000, 'the first piece')
      socket.write(one.slice(at))
      await until(() => isWhole(received()), 15_000, 'the response')
      socket.destroy()
    }
  })

  it('survive a client that leaves before the response', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(health(host(), challenge))
      await once(socket, 'connect')
      if (i % 2 === 0) socket.destroy()
      else socket.resetAndDestroy()
    }

    expect(lives(server.known)).to.equal(true)
    expect((await http(server.port, '/readyz')).body).to.equal('ok')
  })
})

describe('a server that only requests of the lifecycle reach', function () {
  this.timeout(60_000)
  const sandbox = useSandbox()

  it('loads no module of Node.js for it, and is stopped by its owner', async () => {
    const loaded = join(sandbox.dir, 'loaded.json')
    const hook = `--require=${JSON.stringify(join(ROOT, 'test/fixtures/loaded-modules.cjs'))}`
    const started = await sandbox.json(['server', 'start', '--repo', 'demo', '--create'], {
      env: {LOADED_MODULES: loaded, NODE_OPTIONS: hook},
    })
    expect(started.code, started.stderr).to.equal(0)
    for (const line of ['status --repo demo', 'list', 'start --repo demo', 'stop --repo demo'])
      await sandbox.ok(['server', ...line.split(' ')])
    const names = JSON.parse(readFileSync(loaded, 'utf8')) as string[]
    expect(names).to.include('net')
    for (const unneeded of ['_http_server', 'http', 'internal/fs/rimraf', 'perf_hooks'])
      expect(names).not.to.include(unneeded)
  })
})
