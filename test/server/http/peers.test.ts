import {once} from 'node:events'
import {connect, createServer, type Server, type Socket} from 'node:net'
import {expect} from 'chai'

import {Peers, userOfPeer, usersByEnds} from '../../../src/server/http/peers.js'

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const CLIENT = {address: '127.0.0.1', port: 0x9c_4e}
const SERVER = {address: '127.0.0.1', port: 0x1f_90}

const row = (ends: string, state: string, uid: number, inode: number) =>
  `   7: ${ends} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000 20 4 30 10 -1\n`
const ENDS = '0100007F:9C4E 0100007F:1F90'
const MAPPED = '0000000000000000FFFF00000100007F:9C4E 0000000000000000FFFF00000100007F:1F90'

describe('the user at the other end of a connection', () => {
  for (const [what, table, uid] of [
    ['is the one in the row of its socket', row(ENDS, '01', 1000, 5), 1000],
    ['is root, when root holds it', row(ENDS, '01', 0, 5), 0],
    ['is found among other rows', row('0100007F:1F90 0100007F:9C4E', '01', 3, 4) + row(ENDS, '01', 1000, 5), 1000],
    ['is found when it speaks IPv6', row(MAPPED, '01', 1000, 5), 1000],
    ['is nobody, when it has let go of the socket: its row says root', row(ENDS, '01', 0, 0), undefined],
    ['is nobody, when it has ended the connection', row(ENDS, '05', 1000, 5) + row(ENDS, '06', 0, 0), undefined],
    ['is nobody, while it is only trying to connect', row(ENDS, '02', 1000, 5), undefined],
    ['is not the one at this end', row('0100007F:1F90 0100007F:9C4E', '01', 1000, 5), undefined],
    ['is not that of another port', row('0100007F:9C4F 0100007F:1F90', '01', 1000, 5), undefined],
    ['is nobody in an empty table', '', undefined],
    ['is nobody in a table that ends in the middle', row(ENDS, '01', 1000, 5).slice(0, 60), undefined],
  ] as const) {
    it(what, () => {
      expect(userOfPeer(usersByEnds(['', HEAD + table]), CLIENT, SERVER)).to.equal(uid)
    })
  }
})

describe('the kernel’s table of connections', () => {
  let server: Server
  let port: number

  beforeEach(async function () {
    if (process.platform !== 'linux') this.skip()
    server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as {port: number}).port
  })

  afterEach(() => server?.close())

  async function accepted(host: string): Promise<{client: Socket; socket: Socket}> {
    const client = connect({host, port})
    const [socket] = (await once(server, 'connection')) as [Socket]
    return {client, socket}
  }

  for (const host of ['127.0.0.1', '::ffff:127.0.0.1']) {
    it(`is that this process is at the other end, by ${host}`, async () => {
      const {client, socket} = await accepted(host)
      expect(await new Peers().isOwnUser(socket)).to.equal(true)
      client.destroy()
      socket.destroy()
    })
  }

  it('is asked for once per connection, and once for many that ask together', async () => {
    const all: Awaited<ReturnType<typeof accepted>>[] = []
    while (all.length < 50) all.push(await accepted('127.0.0.1'))
    const peers = new Peers()
    const answers = await Promise.all([...all, ...all].map(({socket}) => peers.isOwnUser(socket)))
    expect(new Set(answers)).to.deep.equal(new Set([true]))
    for (const {client, socket} of all) {
      client.destroy()
      socket.destroy()
    }
  })

  it('is not given for a connection that the other end has left', async () => {
    const {client, socket} = await accepted('127.0.0.1')
    client.destroy()
    await once(socket.resume(), 'end')
    expect(await new Peers().isOwnUser(socket)).to.equal(false)
    socket.destroy()
  })
})
