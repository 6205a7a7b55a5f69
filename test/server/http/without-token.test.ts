import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {expect} from 'chai'
import {type Browser, chromium} from 'playwright-core'

import {callJson} from '../../support/calls.js'
import {CHROMIUM} from '../../support/chromium.js'
import {NOBODY} from '../../support/fake-user.js'
import {page} from '../../support/outline.js'
import {servePage} from '../../support/page-server.js'
import {lives, until} from '../../support/processes.js'
import {exchange, hold} from '../../support/raw.js'
import {rounds, todays} from '../../support/rounds.js'
import {http, Sandbox} from '../../support/sandbox.js'
import {endOf, serve, type Served} from '../../support/workers.js'

const ALLOWED = 'lsp://logseq.com'
const LIST = {args: [], method: 'thread-api/list-db'}
const TITLE = '[:find [?t ...] :where [?b :block/title ?t] [?b :block/uuid]]'

describe('a request without a token', function () {
  this.timeout(120_000)
  let sandbox: Sandbox
  let server: Served

  before(function () {
    if (process.platform !== 'linux') this.skip()
  })

  beforeEach(() => {
    sandbox = new Sandbox()
  })

  afterEach(() => sandbox.dispose())

  const write = (title: string) => ({
    args: ['demo', [page('00000000-0000-4000-8000-000000000001', title)]],
    method: 'thread-api/transact',
  })

  const invoke = (headers: Record<string, string> = {}, body: unknown = LIST) =>
    http(server.port, '/v1/invoke', {body, headers})

  async function titles(): Promise<string[]> {
    const {json} = await callJson(server, 'q', 'demo', [TITLE])
    return json.result as string[]
  }

  describe('of a program of the same user', () => {
    beforeEach(async () => {
      server = await serve(sandbox)
    })

    it('is served: as Logseq’s clients call, and as its renderer does', async () => {
      expect((await invoke()).status).to.equal(200)
      expect((await invoke({'content-type': 'application/json'}, write('from a client'))).json).to.deep.equal({
        ok: true,
        result: null,
      })
      const rendered = await invoke({
        'content-type': 'application/json',
        origin: ALLOWED,
        'sec-fetch-site': 'cross-site',
        'user-agent': 'Mozilla/5.0',
      })
      expect(rendered.status).to.equal(200)
      expect(rendered.headers['access-control-allow-origin']).to.equal(ALLOWED)
      const old = await invoke(
        {},
        {
          argsTransit: String.raw`["logseq_db_demo",["[:find ?e . :where [?e :block/title \"from a client\"]]"]]`,
          directPass: false,
          method: 'thread-api/q',
        },
      )
      expect(old.json.resultTransit).to.match(/^\["~#'",\d+\]$/)
      expect((await invoke({'sec-fetch-mode': 'cors', 'user-agent': 'node'})).status).to.equal(200) // fetch of Node.js
      const {received, socket} = await hold(
        server.port,
        `GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`,
      )
      await until(() => received().endsWith('\r\n\r\n1\r\n\n\r\n'), 5000, 'the stream')
      socket.destroy()
    })

    it('holds a lease, and is served many times over one connection', async () => {
      const one = `GET /v1/lease HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`
      const {received, socket} = await hold(server.port, one)
      await until(() => received().includes('"leases":1'), 5000, 'a lease')
      socket.destroy()
      const body = JSON.stringify({args: [], method: 'thread-api/list-db'})
      const post = `POST /v1/invoke HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      const many = await hold(server.port, post.repeat(20))
      await until(() => many.received().split('200 OK').length === 21, 5000, 'twenty answers')
      many.socket.destroy()
    })

    it('is refused with a token that is wrong, or stands where it does not count', async () => {
      const wrong: Record<string, string>[] = [
        {authorization: ''},
        {authorization: 'Bearer'},
        {authorization: 'Bearer '},
        {authorization: 'Bearer wrong'},
        {authorization: 'Bearer null'},
        {authorization: `Basic ${server.token}`},
      ]
      for (const headers of wrong)
        expect((await invoke(headers)).json.error.code, JSON.stringify(headers)).to.equal('unauthorized')
      for (const path of [
        '/v1/events?access_token=wrong',
        '/v1/events?access_token=',
        `/v1/lease?access_token=${server.token}`,
      ])
        expect((await http(server.port, path)).status, path).to.equal(401)
    })

    it('is refused when something says that a page sends it', async () => {
      const json = {'content-type': 'application/json'}
      const signs: Record<string, string>[] = [
        {'content-type': 'text/plain'},
        {'content-type': 'Text/Plain; charset=utf-8'},
        {'content-type': 'application/x-www-form-urlencoded'},
        {'content-type': 'multipart/form-data; boundary=x'},
        {'content-type': 'text/plain', origin: ALLOWED},
        {...json, origin: 'https://evil.example'},
        {...json, origin: 'null'},
        {...json, origin: ''},
        {...json, origin: `${ALLOWED}.evil.example`},
        {...json, origin: `http://127.0.0.1:${server.port}`},
        ...['cross-site', 'same-site', 'same-origin', 'none'].map((site) => ({...json, 'sec-fetch-site': site})),
        {...json, referer: 'https://evil.example/'},
        {...json, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)'},
      ]
      for (const headers of signs)
        expect((await invoke(headers, write('from a page'))).status, JSON.stringify(headers)).to.equal(401)
      expect((await invoke({...json, host: 'evil.example'})).status).to.equal(403)
      expect(await titles()).not.to.include('from a page')
      const origin = await http(server.port, '/v1/shutdown', {body: {}, headers: {origin: 'https://evil.example'}})
      expect(origin.status).to.equal(401)
    })

    it('stops the server at once without a requester, and follows the owner rule with one', async () => {
      expect((await http(server.port, '/v1/shutdown', {body: {'owner-source': 'electron'}})).status).to.equal(403)
      expect((await http(server.port, '/v1/shutdown', {body: {'owner-source': 'root'}})).status).to.equal(400)
      expect((await http(server.port, '/v1/shutdown', {body: {}, token: server.token})).status).to.equal(400)
      const began = performance.now()
      const stopped = await http(server.port, '/v1/shutdown', {method: 'POST'})
      expect(stopped.json).to.deep.equal({ok: true})
      await until(() => !existsSync(sandbox.recordPath()), 5000, 'the end of the record')
      expect(performance.now() - began).to.be.lessThan(3000) // 1 s, three times
      expect(await endOf(server.child)).to.deep.equal({code: 0, signal: null})
    })

    for (const body of ['{}', '', ' ']) {
      it(`stops the server with the body ${JSON.stringify(body)}`, async () => {
        const answer = await exchange(
          server.port,
          `POST /v1/shutdown HTTP/1.1\r\nHost: localhost:${server.port}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        )
        expect(answer).to.match(/^HTTP\/1\.1 200 /)
        expect(await endOf(server.child)).to.deep.equal({code: 0, signal: null})
      })
    }
  })

  describe('of another user', () => {
    before(function () {
      if (process.getuid!() !== 0) {
        console.log('    not root: another user is not tried')
        this.skip()
      }
    })

    beforeEach(async () => {
      server = await serve(sandbox)
    })

    /** Runs a program as nobody. */
    function asNobody(program: string): string {
      const become = `process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});`
      const {status, stderr, stdout} = spawnSync(process.execPath, ['-e', `${become} ${program}`], {
        encoding: 'utf8',
        timeout: 30_000,
      })
      expect(status, stderr).to.equal(0)
      return stdout
    }

    const request = (body: unknown, path = '/v1/invoke') => {
      const text = JSON.stringify(body)
      return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
    }

    it('is refused, on every path', async () => {
      const origin = `http://127.0.0.1:${server.port}`
      const bodies = [
        ['/v1/invoke', write('foreign')],
        ['/v1/shutdown', {}],
        ['/v1/shutdown', {'owner-source': 'cli'}],
      ] as const
      const posts = bodies.map(([path, body]) => [
        origin + path,
        {body: JSON.stringify(body), headers: {'content-type': 'application/json', origin: ''}, method: 'POST'},
      ])
      const requests = [...posts, [`${origin}/v1/events`], [`${origin}/v1/lease`]]
      const answers = asNobody(
        `(async () => { for (const one of ${JSON.stringify(requests)}) console.log((await fetch(...one)).status); process.exit() })()`,
      )
      expect(answers.trim().split('\n')).to.deep.equal(requests.map(() => '401'))
      expect(lives(server.known)).to.equal(true)
    })

    it('is served with the token', () => {
      const body = JSON.stringify(JSON.stringify({args: [], method: 'thread-api/list-db'}))
      const answer = asNobody(
        `fetch('http://127.0.0.1:${server.port}/v1/invoke', {method: 'POST', headers: {authorization: 'Bearer ${server.token}'}, body: ${body}}).then((r) => console.log(r.status))`,
      )
      expect(answer.trim()).to.equal('200')
    })

    it('is refused when its sender is gone by then: the kernel reports a socket without a holder as root’s', async () => {
      for (const end of [
        's.end(q)',
        's.write(q, () => s.destroy())',
        's.write(q, () => process.exit())',
        's.write(q, () => s.resetAndDestroy())',
      ])
        for (let i = 0; i < rounds(2, 5); i++)
          asNobody(
            `const q = ${JSON.stringify(request(write('gone')) + request({}, '/v1/shutdown'))}; const s = require('net').connect(${server.port}, '127.0.0.1', () => ${end}).on('error', () => {}); s.on('end', () => s.destroy())`,
          )
      expect(await titles()).not.to.include('gone')
      expect(lives(server.known)).to.equal(true)
    })
  })

  describe('when LOGSEQ_DB_WORKER_AUTH is set', () => {
    it('LOGSEQ_DB_WORKER_AUTH=token: is refused', async () => {
      server = await serve(sandbox, {LOGSEQ_DB_WORKER_AUTH: 'token'})
      expect((await invoke()).status).to.equal(401)
      expect((await invoke({origin: ALLOWED})).status).to.equal(401)
      expect((await http(server.port, '/v1/shutdown', {body: {}})).status).to.equal(401)
      expect((await callJson(server, 'list-db')).status).to.equal(200)
    })

    it('LOGSEQ_DB_WORKER_AUTH=loopback: is served, but not a page’s', async () => {
      server = await serve(sandbox, {LOGSEQ_DB_WORKER_AUTH: 'loopback'})
      expect((await invoke()).status).to.equal(200)
      expect((await invoke({'sec-fetch-site': 'cross-site'})).status).to.equal(401)
      expect((await invoke({authorization: 'Bearer wrong'})).status).to.equal(401)
    })

    it('to an unknown word, the server does not start, and says so', async () => {
      const refused = await sandbox.fails(['server', 'start', '--create', '--repo', 'demo'], {
        env: {LOGSEQ_DB_WORKER_AUTH: 'none'},
      })
      expect(refused.message + String(refused['reason'] ?? '')).to.match(/LOGSEQ_DB_WORKER_AUTH/)
    })
  })

  describe('of a page in a browser of the same user', () => {
    let browser: Browser
    let site: Awaited<ReturnType<typeof servePage>>

    before(async function () {
      if (CHROMIUM === undefined) {
        console.log('    no Chromium here (CHROMIUM=PATH names one): pages are not tried')
        this.skip()
      }

      site = await servePage()
      browser = await chromium.launch({args: ['--no-sandbox', '--disable-gpu'], executablePath: CHROMIUM})
    })

    after(async () => {
      await browser?.close()
      await site?.close()
    })

    it('is refused, in whatever way it is sent', async () => {
      server = await serve(sandbox)
      const page = await browser.newPage()
      for (const start of [site.origin, ...todays(['data:text/html,<title>x</title>', 'about:blank'], 1)]) {
        await page.goto(start)
        await page.evaluate(`(async () => {
          const to = 'http://127.0.0.1:${server.port}'
          const invoke = ${JSON.stringify(JSON.stringify(write('from a page')))}
          const tries = []
          for (const [path, body] of [['/v1/invoke', invoke], ['/v1/shutdown', '{}'], ['/v1/shutdown', '']])
            for (const mode of ['cors', 'no-cors'])
              for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded', ''])
                for (const referrerPolicy of ['no-referrer', 'unsafe-url'])
                  tries.push(fetch(to + path, {body: new Blob([body], {type}), method: 'POST', mode, referrerPolicy, keepalive: true}))
          tries.push(fetch(to + '/v1/events'), fetch(to + '/v1/events', {mode: 'no-cors'}))
          navigator.sendBeacon(to + '/v1/shutdown', new Blob(['{}'], {type: 'text/plain'}))
          navigator.sendBeacon(to + '/v1/shutdown')
          window.read = (await Promise.allSettled(tries)).filter(({value}) => value && value.type !== 'opaque' && value.ok).length
          await new Promise((resolve) => {
            const events = new EventSource(to + '/v1/events')
            events.onopen = () => { window.read++; resolve() }
            events.onerror = () => { events.close(); resolve() }
          })
          const frame = document.createElement('iframe')
          frame.name = 'frame'
          document.documentElement.append(frame)
          for (const enctype of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
            const form = Object.assign(document.createElement('form'), {action: to + '/v1/shutdown', enctype, method: 'post', target: 'frame'})
            document.documentElement.append(form)
            const loaded = new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 3000) })
            form.submit()
            await loaded
          }
        })()`)
        expect(await page.evaluate('window.read')).to.equal(0)
        await page.goto(`http://127.0.0.1:${server.port}/v1/events`).catch(() => {}) // a download, or an error page
      }

      await page.close()
      expect(await titles()).not.to.include('from a page')
      expect(lives(server.known)).to.equal(true)
    })
  })
})
