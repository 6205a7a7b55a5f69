import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createServer, type RequestListener, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'

import {isHealthy} from '../../src/electron/http.js'
import type {ManagedRuntime} from '../../src/electron/types.js'

/** How long a server may be silent here, in ms. */
const PATIENCE_MS = 1000

const at = (port: number) => ({baseUrl: `http://127.0.0.1:${port}`}) as ManagedRuntime

describe('whether a server is well', () => {
  const servers: Server[] = []

  async function serve(answer: RequestListener): Promise<ManagedRuntime> {
    const server = createServer(answer).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    return at((server.address() as AddressInfo).port)
  }

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  it('is answered by one that is ready, and by no other', async () => {
    let status = 200
    const runtime = await serve((_, response) => response.writeHead(status).end())
    expect(await isHealthy(runtime, PATIENCE_MS)).to.equal(true)
    status = 503
    expect(await isHealthy(runtime, PATIENCE_MS)).to.equal(false)
    await new Promise((resolve) => servers.pop()!.close(resolve))
    expect(await isHealthy(runtime, PATIENCE_MS)).to.equal(false)
  })

  it('is not waited for without end', async () => {
    const began = performance.now()
    expect(await isHealthy(await serve(() => {}), PATIENCE_MS)).to.equal(false)
    expect(performance.now() - began).to.be.lessThan(3 * PATIENCE_MS)
  })

  it('is asked again by an app that stood still meanwhile, in a dialog or a sleep', async () => {
    const program = `require('node:http').createServer((_, response) => response.end())
      .listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)) })`
    const server = spawn(process.execPath, ['-e', program], {stdio: ['ignore', 'pipe', 'inherit']})
    try {
      const [port] = (await once(server.stdout, 'data')) as [Buffer]
      const answer = isHealthy(at(Number(port)), PATIENCE_MS)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * PATIENCE_MS)
      expect(await answer).to.equal(true)
    } finally {
      server.kill('SIGKILL')
      await once(server, 'exit')
    }
  })
})
