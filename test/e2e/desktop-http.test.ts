import {copyFileSync, mkdirSync, renameSync} from 'node:fs'
import type {RequestListener} from 'node:http'
import {join} from 'node:path'
import {setImmediate} from 'node:timers/promises'
import {expect} from 'chai'

import type {Lease} from '../../src/electron/adapters.js'
import {holdLease, isHealthy} from '../../src/electron/http.js'
import type {ManagedRuntime} from '../../src/electron/types.js'
import {listen, type Listener} from '../support/fake-listener.js'
import {end, know, until} from '../support/processes.js'
import {http, Sandbox} from '../support/sandbox.js'
import {startLegacy} from '../support/unrelated-programs.js'

/** How long a server may be silent here, in ms. */
const PATIENCE_MS = 1000

/** Answers as a server that is well, and gives a lease to everybody; it proves nothing. */
const impostor: RequestListener = (request, response) => {
  if (request.url === '/v1/lease')
    response.writeHead(200, {'content-type': 'text/event-stream'}).write('event: leases\ndata: {"leases":1}\n\n')
  else response.end(JSON.stringify({status: 'ready'}))
}

describe('the way of a desktop app to its server', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  let listener: Listener | undefined
  const leases: Lease[] = []

  beforeEach(() => {
    sandbox = new Sandbox()
  })

  afterEach(async () => {
    for (const lease of leases.splice(0)) lease.close()
    await listener?.close()
    listener = undefined
    await sandbox.dispose()
  })

  /** Starts a server, as an app knows it afterwards. */
  async function start(repo = 'demo'): Promise<ManagedRuntime> {
    const data = await sandbox.start(repo, '--show-token')
    return {
      authToken: String(data['auth-token']),
      baseUrl: String(data['base-url']),
      lockId: String(data['lock-id']),
      pid: Number(data['pid']),
      repo: String(data['repo']),
    } as ManagedRuntime
  }

  const healthy = (runtime: ManagedRuntime) => isHealthy(sandbox.dataDir, runtime, PATIENCE_MS)

  /** Holds a lease. @returns the counts that it tells, and its end */
  function hold(runtime: ManagedRuntime) {
    const reported: {counts: number[]; end?: {lost: boolean; reason: string}} = {counts: []}
    const lease = holdLease(sandbox.dataDir, runtime, {
      onCount: (count) => reported.counts.push(count),
      onEnd(reason, lost) {
        reported.end = {lost, reason}
      },
    })
    leases.push(lease)
    return reported
  }

  /** How many leases a server has, told to one more. */
  async function leasesOf(runtime: ManagedRuntime): Promise<number> {
    const reported = hold(runtime)
    await until(() => reported.counts.length > 0, 5000, 'a lease')
    leases.pop()!.close()
    return reported.counts[0]! - 1
  }

  /** Puts something before the server of the record: the record and the address that was told name its port from now on. */
  async function standBefore(runtime: ManagedRuntime, answer: RequestListener): Promise<ManagedRuntime> {
    listener = await listen(answer)
    sandbox.writeRecord({...sandbox.record(), port: listener.port})
    return {...runtime, baseUrl: `http://127.0.0.1:${listener.port}`}
  }

  /** Lets the server prove itself by another's mouth. */
  const passOn =
    ({baseUrl}: ManagedRuntime, change: object = {}, headers: Record<string, string> = {}): RequestListener =>
    (request, response) => {
      if (request.url !== '/healthz') {
        impostor(request, response)
        return
      }

      const challenge = {'x-challenge': String(request.headers['x-challenge'])}
      void http(Number(new URL(baseUrl).port), '/healthz', {headers: challenge}).then(({json}) => {
        const body = JSON.stringify({...json, ...change})
        response.writeHead(200, {...headers, 'content-length': Buffer.byteLength(body)}).end(body) // as the server does
      })
    }

  /** Neither is the server called well, nor does whatever answers in its place get the token or a lease. */
  async function refused(runtime: ManagedRuntime, reason: string): Promise<void> {
    expect(await healthy(runtime)).to.equal(false)
    const reported = hold(runtime)
    const ended = await until(() => reported.end, 20_000, 'the end of the lease')
    expect(ended).to.include({lost: true})
    expect(ended.reason).to.contain(reason)
    expect(reported.counts).to.deep.equal([])
    for (const {headers, url} of listener?.requests ?? []) {
      expect(headers).not.to.have.property('authorization')
      expect(url).not.to.equal('/v1/lease')
    }
  }

  it('leads to one that is ready, and to its lease', async () => {
    const runtime = await start()
    expect(await healthy(runtime)).to.equal(true)
    const reported = hold(runtime)
    await until(() => reported.counts.at(-1) === 1, 5000, 'the lease')
    expect(await leasesOf(runtime)).to.equal(1)
    leases[0]!.close()
    while ((await leasesOf(runtime)) > 0);
    expect(reported).not.to.have.property('end')
  })

  it('reports why the server stopped', async () => {
    const runtime = await start()
    const reported = hold(runtime)
    await until(() => reported.counts.length > 0, 5000, 'the lease')
    await sandbox.ok(['server', 'stop', '-r', 'demo'])
    expect(await until(() => reported.end, 5000, 'the end')).to.deep.equal({
      lost: true,
      reason: 'it stopped: asked by cli',
    })
    expect(await healthy(runtime)).to.equal(false)
  })

  it('holds no lease when it is released before there is one', async () => {
    const runtime = await start()
    const reported = hold(runtime)
    leases.pop()!.close()
    expect(await healthy(runtime)).to.equal(true)
    expect(await leasesOf(runtime)).to.equal(0)
    expect(reported).to.deep.equal({counts: []})
  })

  it('does not call well a server that is not ready', async () => {
    const runtime = await start()
    const before = await standBefore(runtime, passOn(runtime))
    expect(await healthy(before)).to.equal(true)
    await listener!.close()
    expect(await healthy(await standBefore(runtime, passOn(runtime, {status: 'starting'})))).to.equal(false)
  })

  it('asks a server of Logseq’s own for no lease', async () => {
    const legacy = await startLegacy(sandbox)
    const runtime = {authToken: '', pid: legacy.pid, repo: 'logseq_db_demo'} as ManagedRuntime
    expect(await healthy(runtime)).to.equal(true)
    const reported = hold(runtime)
    expect(await until(() => reported.end, 5000, 'the end')).to.include({lost: false})
    expect(await healthy({...runtime, lockId: 'one of ours'})).to.equal(false)
  })

  describe('gives neither token nor lease to', () => {
    it('a listener that has the port of a dead server', async () => {
      const runtime = await start()
      await end(know(runtime.pid)!)
      await refused(await standBefore(runtime, impostor), 'not the server of this graph')
    })

    it('a listener that has the port of one that lives', async () => {
      await refused(await standBefore(await start(), impostor), 'does not respond')
      expect(listener!.requests).not.to.deep.equal([])
    })

    it('a listener on the given port, when the record names another', async () => {
      const runtime = await start()
      listener = await listen(impostor)
      expect(await healthy({...runtime, baseUrl: `http://127.0.0.1:${listener.port}`})).to.equal(true)
      const reported = hold({...runtime, baseUrl: `http://127.0.0.1:${listener.port}`})
      await until(() => reported.counts.length > 0, 5000, 'the lease')
      expect(listener.connections()).to.equal(0)
    })

    it('a listener that takes over after the proof', async () => {
      const runtime = await start()
      const before = await standBefore(runtime, passOn(runtime, {}, {connection: 'close'}))
      const reported = hold(before)
      const ended = await until(() => reported.end, 5000, 'the end of the lease')
      expect(ended).to.deep.equal({lost: true, reason: 'the connection to it failed: the connection was closed'})
      expect(listener!.requests.map(({url}) => url)).to.deep.equal(['/healthz'])
    })

    it('the server that another start has put in its place', async () => {
      const first = await start()
      await end(know(first.pid)!)
      const second = await start()
      await refused(first, 'not the server of this graph')
      expect(await leasesOf(second)).to.equal(0)
    })

    it('the server of another directory, from which the record was copied', async () => {
      const runtime = await start()
      mkdirSync(sandbox.graphDir('copy'))
      for (const file of ['db.sqlite', 'db-worker.lock'])
        copyFileSync(join(sandbox.graphDir(), file), join(sandbox.graphDir('copy'), file))
      await refused({...runtime, repo: 'logseq_db_copy'}, 'not the server of this graph')
      expect(await leasesOf(runtime)).to.equal(0)
    })

    it('the server of a directory that was moved away', async () => {
      const runtime = await start()
      renameSync(sandbox.graphDir(), sandbox.graphDir('moved'))
      await refused({...runtime, repo: 'logseq_db_moved'}, 'not the server of this graph')
      await refused(runtime, 'does not exist')
    })

    it('one that never answers, and waits for it no longer than it may', async () => {
      const before = await standBefore(await start(), () => {})
      const began = performance.now()
      expect(await healthy(before)).to.equal(false)
      expect(performance.now() - began).to.be.lessThan(3 * PATIENCE_MS)
    })
  })

  describe('is gone again by an app that stood still meanwhile, in a dialog or a sleep:', () => {
    /** Stands still as soon as something is asked, and until that has to be answered. */
    async function standStill(what: string, ms: number): Promise<void> {
      while (!listener!.requests.some(({url}) => url === what)) await setImmediate()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    }

    it('the server is well', async () => {
      const runtime = await start()
      const before = await standBefore(runtime, passOn(runtime))
      const answer = healthy(before)
      await standStill('/healthz', 2 * PATIENCE_MS)
      expect(await answer).to.equal(true)
      expect(listener!.connections()).to.equal(1)
    })

    it('the lease is held, although the connection has been closed', async () => {
      const runtime = await start()
      let isClosed = false
      const before = await standBefore(runtime, (request, response) => {
        if (isClosed || request.url !== '/v1/lease') {
          passOn(runtime)(request, response)
          return
        }

        isClosed = true
        request.socket.destroy()
      })
      const reported = hold(before)
      await standStill('/healthz', 8000)
      await until(() => reported.counts.length > 0, 5000, 'the lease')
      expect(reported).not.to.have.property('end')
    })
  })
})
