import {expect} from 'chai'

import {until} from '../../support/processes.js'
import {hold} from '../../support/raw.js'
import {http} from '../../support/sandbox.js'
import {useServer} from '../../support/use.js'
import {endOf} from '../../support/workers.js'

describe('the event streams of the server', function () {
  this.timeout(180_000)
  const {server} = useServer()

  function open(path: string, ...headers: string[]) {
    const lines = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, ...headers, '', '']
    return hold(server.port, lines.join('\r\n'))
  }

  it('open at once, for the token in the header or in the query', async () => {
    for (const stream of [
      await open('/v1/events', `Authorization: Bearer ${server.token}`),
      await open(`/v1/events?access_token=${server.token}`),
      await open(`/v1/events?a=b&access_token=${encodeURIComponent(server.token)}`),
    ]) {
      await until(() => stream.received().endsWith('\r\n\r\n1\r\n\n\r\n'), 5000, 'the first byte of the stream')
      expect(stream.received())
        .to.match(/^HTTP\/1\.1 200 OK\r\n/)
        .and.match(/content-type: text\/event-stream\r\n/i)
      stream.socket.destroy()
    }
  })

  it('are ended when the server stops, which they do not keep from stopping', async () => {
    const streams = await Promise.all(
      Array.from({length: 10}, () => open('/v1/events', `Authorization: Bearer ${server.token}`)),
    )
    await until(() => streams.every(({received}) => received().includes('\r\n\r\n1\r\n\n')), 5000, 'ten streams')
    const ended = Promise.all(streams.map(({socket}) => new Promise((resolve) => socket.on('end', resolve))))
    const began = performance.now()
    const asked = await http(server.port, '/v1/shutdown', {body: {'owner-source': 'cli'}, token: server.token})
    expect(asked.json).to.deep.equal({ok: true})
    await ended
    for (const {received} of streams) expect(received()).to.match(/\r\n0\r\n\r\n$/)
    expect(await endOf(server.child)).to.deep.equal({code: 0, signal: null})
    expect(performance.now() - began).to.be.lessThan(8000) // not the 10 s of a drain that waits
  })

  it('may be left without a word', async () => {
    for (let i = 0; i < 20; i++) {
      const {received, socket} = await open('/v1/events', `Authorization: Bearer ${server.token}`)
      await until(() => received() !== '', 5000, 'the stream')
      socket.resetAndDestroy()
    }

    expect((await http(server.port, '/readyz')).body).to.equal('ok')
  })
})
