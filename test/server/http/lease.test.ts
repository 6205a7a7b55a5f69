import {expect} from 'chai'

import {until} from '../../support/processes.js'
import {hold} from '../../support/raw.js'
import {http} from '../../support/sandbox.js'
import {useServer} from '../../support/use.js'
import {endOf} from '../../support/workers.js'

describe('the leases of the server', function () {
  this.timeout(180_000)
  const {server} = useServer()

  const open = () =>
    hold(
      server.port,
      `GET /v1/lease HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
    )

  /** What a stream was told last about how many leases there are. */
  const reported = (received: string) => [...received.matchAll(/event: leases\ndata: (.*)\n\n/g)].at(-1)?.[1]

  it('report how many there are, whenever that changes', async () => {
    const first = await open()
    await until(() => reported(first.received()) === '{"leases":1}', 5000, 'the first lease')
    const second = await open()
    for (const {received} of [first, second])
      await until(() => reported(received()) === '{"leases":2}', 5000, 'the second lease')
    second.socket.resetAndDestroy()
    await until(() => reported(first.received()) === '{"leases":1}', 5000, 'the end of the second')
    first.socket.destroy()
  })

  it('want the token in the header, and no wrong one: pages do not hold leases', async () => {
    const ask = (path: string, token?: string) => http(server.port, path, {token})
    expect((await ask('/v1/lease', 'wrong')).status).to.equal(401)
    expect((await ask(`/v1/lease?access_token=${server.token}`)).status).to.equal(401)
    const post = await http(server.port, '/v1/lease', {method: 'POST', token: server.token})
    expect([post.status, post.headers['allow']]).to.deep.equal([405, 'GET'])
  })

  it('do not keep a server from stopping, and are ended by it', async () => {
    const leases = await Promise.all([open(), open()])
    await until(() => leases.every(({received}) => reported(received()) === '{"leases":2}'), 5000, 'two leases')
    const ended = Promise.all(leases.map(({socket}) => new Promise((resolve) => socket.on('end', resolve))))
    const began = performance.now()
    await http(server.port, '/v1/shutdown', {body: {'owner-source': 'cli'}, token: server.token})
    await ended
    for (const {received} of leases) expect(received()).to.include('event: stopping\ndata: {"why":"asked by cli"}\n\n')
    expect(await endOf(server.child)).to.deep.equal({code: 0, signal: null})
    expect(performance.now() - began).to.be.lessThan(8000) // not the 10 s of a drain that waits
  })

  it('may be closed at any time, again and again', async () => {
    const first = await open()
    for (let i = 0; i < 20; i++) {
      const {received, socket} = await open()
      await until(() => reported(received()) === '{"leases":2}', 5000, 'two leases')
      if (i % 2 === 0) socket.resetAndDestroy()
      else socket.destroy()
      await until(() => reported(first.received()) === '{"leases":1}', 5000, 'one lease')
    }

    first.socket.destroy()
  })
})
