import {once} from 'node:events'
import {createServer, type IncomingHttpHeaders} from 'node:http'
import {type AddressInfo, connect} from 'node:net'
import {expect} from 'chai'
import fc from 'fast-check'

import {readDirectRequest} from '../../../src/server/http/direct-request.js'
import {SEED} from '../../support/seed.js'

const read = (text: string) => readDirectRequest(Buffer.from(text, 'latin1'))

const HOST = 'Host: 127.0.0.1:4100\r\n'
const GET = `GET /healthz HTTP/1.1\r\n${HOST}x-challenge: abc_-9\r\n\r\n`
const POST = `POST /v1/shutdown HTTP/1.1\r\n${HOST}authorization: Bearer t0ken\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}`

describe('readDirectRequest', () => {
  it('returns what the clients of this program send', () => {
    expect(read(GET)).to.deep.equal({
      body: Buffer.alloc(0),
      headers: {host: '127.0.0.1:4100', 'x-challenge': 'abc_-9'},
      method: 'GET',
      path: '/healthz',
    })
    expect(read(POST)).to.deep.equal({
      body: Buffer.from('{}'),
      headers: {
        authorization: 'Bearer t0ken',
        'content-length': '2',
        'content-type': 'application/json',
        host: '127.0.0.1:4100',
      },
      method: 'POST',
      path: '/v1/shutdown',
    })
  })

  it('takes the bytes of a body as they are', () => {
    const body = Buffer.from('{"a": "ü\r\n\r\n\0"}')
    const head = `POST /v1/shutdown HTTP/1.1\r\n${HOST}content-length: ${body.length}\r\n\r\n`
    expect(readDirectRequest(Buffer.concat([Buffer.from(head), body]))!.body.equals(body)).to.equal(true)
  })

  it('leaves a request to Node.js that is cut at any byte, or followed by any', () => {
    for (const whole of [GET, POST]) {
      for (let length = 0; length < whole.length; length++)
        expect(read(whole.slice(0, length)), `${length} bytes`).to.equal(undefined)
      for (const more of ['\0', ' ', '\n', '\r\n', 'x', GET]) expect(read(whole + more)).to.equal(undefined)
    }
  })

  const head = (...lines: string[]) => ['GET /healthz HTTP/1.1', ...lines, '', ''].join('\r\n')
  const LEFT: Record<string, string> = {
    'another method': GET.replace('GET', 'HEAD'),
    'a method in lower case': GET.replace('GET', 'get'),
    'another version': GET.replace('1.1', '1.0'),
    'two spaces': GET.replace(' /', '  /'),
    'a query': GET.replace('healthz', 'healthz?x=1'),
    'an encoded path': GET.replace('healthz', '%68ealthz'),
    'the form of a proxy': GET.replace('/healthz', 'http://127.0.0.1/healthz'),
    'lines that end without CR': GET.replaceAll('\r\n', '\n'),
    'one line that ends without CR': GET.replace('\r\n', '\n'),
    'a CR alone': head('Host: a', 'X-Challenge: a\rb'),
    'an empty line before it': `\r\n${GET}`,
    'an unknown header': head('Host: a', 'Accept: */*'),
    'a header that changes the connection': head('Host: a', 'Connection: close'),
    'an upgrade': head('Host: a', 'Upgrade: websocket'),
    'a page': head('Host: a', 'Origin: http://b'),
    'a body in chunks': head('Host: a', 'Transfer-Encoding: chunked'),
    'a header twice': head('Host: a', 'Host: a'),
    'a header twice, in other letters': head('Host: a', 'HOST: b'),
    'a folded header': head('Host: a', ' b'),
    'a header without a colon': head('Host'),
    'a space before the colon': head('Host : a'),
    'no space after the colon': head('Host:a'),
    'a tab': head('Host:\ta'),
    'a space at the end': head('Host: a '),
    'an empty value': head('Host: '),
    'a letter that is not ASCII': head('Host: \u00E9'),
    'a NUL': head('Host: a\0'),
    'a name of Object': head('Host: a', 'constructor: a', '__proto__: b'),
    'a length of a GET': head('Host: a', 'Content-Length: 0'),
    'a GET with a body': head('Host: a', 'Content-Length: 1') + 'x',
    'a POST without a length': POST.replace('content-length: 2\r\n', ''),
    'a length with a sign': POST.replace('length: 2', 'length: +2'),
    'a length with a zero before it': POST.replace('length: 2', 'length: 02'),
    'a length as a list': POST.replace('length: 2', 'length: 2, 2'),
    'a shorter length': POST.replace('length: 2', 'length: 1'),
    'a longer length': POST.replace('length: 2', 'length: 3'),
    'a long head': head('Host: a', `X-Challenge: ${'x'.repeat(5000)}`),
    'no header': head(),
  }
  for (const [what, text] of Object.entries(LEFT)) {
    it(`leaves ${what} to Node.js`, () => {
      expect(read(text)).to.equal(undefined)
    })
  }

  describe('compared with Node.js', () => {
    const seen: {body: string; headers: IncomingHttpHeaders; method: string; path: string}[] = []
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const {headers, method = '', url = ''} = request
        seen.push({body: Buffer.concat(parts).toString('latin1'), headers: {...headers}, method, path: url})
        response.end()
      })
    })
    let port: number

    before(async () => {
      await once(server.listen(0, '127.0.0.1'), 'listening')
      port = (server.address() as AddressInfo).port
    })

    after(() => {
      server.closeAllConnections()
      server.close()
    })

    /** Sends bytes and ends. @returns the requests that Node.js read */
    async function readByNode(bytes: Buffer): Promise<typeof seen> {
      seen.length = 0
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.resume().end(bytes)
      await once(socket, 'close')
      return [...seen]
    }

    it('reads what it reads as Node.js does, whatever was changed', async () => {
      const piece = fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        ' ',
        ':',
        ': ',
        '\0',
        '\t',
        'x',
        '2',
        '0',
        '{}',
        'GET',
        'POST',
        '/',
        '/healthz',
        '?',
        ',',
        'host: ',
        'content-length: 2\r\n',
        'content-length: 0\r\n',
        'x-challenge: a\r\n',
        'transfer-encoding: chunked\r\n',
        '\u00E9',
        '\u007F',
        'HTTP/1.1',
        'x-client-proof: 0\r\n',
      )
      const change = fc.record({at: fc.nat(400), length: fc.nat(12), piece})
      let read = 0
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(GET, POST), fc.array(change, {maxLength: 3}), async (text, changes) => {
          let all = text
          for (const {at, length, piece} of changes) all = all.slice(0, at) + piece + all.slice(at + length)
          const bytes = Buffer.from(all, 'latin1')
          const request = readDirectRequest(bytes)
          if (!request) return
          read++
          const {body, ...rest} = request
          expect(await readByNode(bytes), JSON.stringify(all)).to.deep.equal([{...rest, body: body.toString('latin1')}])
        }),
        {numRuns: 3000, seed: SEED},
      )
      expect(read).to.be.greaterThan(300)
    })
  })
})
