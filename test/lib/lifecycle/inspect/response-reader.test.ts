import {expect} from 'chai'
import fc from 'fast-check'

import {ResponseTooLarge} from '../../../../src/lib/lifecycle/inspect/exchange.js'
import {ResponseReader} from '../../../../src/lib/lifecycle/inspect/response-reader.js'
import {rounds} from '../../../support/rounds.js'
import '../../../support/seed.js'

interface Read {
  body: string
  isComplete: boolean
  mayFollow: boolean
  status: number | undefined
}

/** Feeds the pieces one by one. */
function read(pieces: readonly Buffer[], {ends = false, maxBytes}: {ends?: boolean; maxBytes?: number} = {}): Read {
  const reader = new ResponseReader(maxBytes)
  const body: Buffer[] = []
  for (const piece of pieces) body.push(...reader.feed(piece))
  if (ends) reader.end()
  const {isComplete, mayFollow, status} = reader
  return {body: Buffer.concat(body).toString(), isComplete, mayFollow, status}
}

const split = (raw: string, step: number) => {
  const bytes = Buffer.from(raw, 'latin1')
  return Array.from({length: Math.ceil(bytes.length / step)}, (_, i) => bytes.subarray(i * step, (i + 1) * step))
}

const OK = 'HTTP/1.1 200 OK\r\n'
const LENGTH = 'content-length: 3\r\n'
const CHUNKED = 'transfer-encoding: chunked\r\n'

/** Responses that end by themselves, their bodies, and whether another request may follow. */
const WHOLE: [what: string, raw: string, body: string, mayFollow?: false][] = [
  ['a length', `${OK}${LENGTH}\r\nyes`, 'yes'],
  ['spaces and tabs around a value', `${OK}Content-Length:\t 3 \t\r\n\r\nyes`, 'yes'],
  ['a length of zero', `${OK}content-length: 0\r\n\r\n`, ''],
  ['a length with leading zeros', `${OK}content-length: 0003\r\n\r\nyes`, 'yes'],
  ['no reason', `HTTP/1.1 200 \r\n${LENGTH}\r\nyes`, 'yes'],
  ['a reason and a value outside of ASCII', `HTTP/1.1 200 \u00FC\r\nx: \u00FC\r\n${LENGTH}\r\nyes`, 'yes'],
  ['an empty value', `${OK}x:\r\n${LENGTH}\r\nyes`, 'yes'],
  ['a body that looks like a head', `${OK}content-length: 19\r\n\r\n${OK}\r\n`, `${OK}\r\n`],
  ['one chunk', `${OK}${CHUNKED}\r\n3\r\nyes\r\n0\r\n\r\n`, 'yes'],
  ['chunks', `${OK}Transfer-Encoding: Chunked\r\n\r\n2\r\nye\r\n001\r\ns\r\n0\r\n\r\n`, 'yes'],
  ['no chunks', `${OK}${CHUNKED}\r\n00\r\n\r\n`, ''],
  ['a chunk whose size has letters', `${OK}${CHUNKED}\r\nA\r\n0123456789\r\n0\r\n\r\n`, '0123456789'],
  ['chunks with extensions', `${OK}${CHUNKED}\r\n3 ;a=b;c="d"\r\nyes\r\n0;e\r\n\r\n`, 'yes'],
  ['chunks and trailers', `${OK}${CHUNKED}\r\n3\r\nyes\r\n0\r\nx: y\r\ncontent-length: 9\r\n\r\n`, 'yes'],
  ['chunks that hold line ends', `${OK}${CHUNKED}\r\n7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n`, '\r\n0\r\n\r\n'],
  ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ['no content, and a length', `HTTP/1.1 204 No Content\r\n${LENGTH}\r\n`, ''],
  ['nothing new, and the length of what is not sent', `HTTP/1.1 304 Not Modified\r\n${LENGTH}\r\n`, ''],
  ['early hints', `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}${LENGTH}\r\nyes`, 'yes'],
  ['two informational responses', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 x\r\n\r\n${OK}${LENGTH}\r\nyes`, 'yes'],
  ['an informational response with a length', `HTTP/1.1 100 \r\n${LENGTH}\r\n${OK}${LENGTH}\r\nyes`, 'yes'],
  ['a failure', `HTTP/1.1 503 Service Unavailable\r\n${LENGTH}\r\nyes`, 'yes'],
  ['an announced end of the connection', `${OK}Connection: close\r\n${LENGTH}\r\nyes`, 'yes', false],
  ['that end among others', `${OK}connection: foo , Close\r\n${LENGTH}\r\nyes`, 'yes', false],
  ['that end in the second of two fields', `${OK}connection: x\r\n${LENGTH}connection: close\r\n\r\nyes`, 'yes', false],
  ['a name that begins as that end', `${OK}connection: closer\r\n${LENGTH}\r\nyes`, 'yes'],
  ['an older protocol', `HTTP/1.0 200 OK\r\n${LENGTH}\r\nyes`, 'yes', false],
]

/** Responses that are refused, at the latest with their last byte. */
const MALFORMED: [what: string, raw: string][] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['a later version', 'HTTP/2.0 200 OK\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n'],
  ['a status above 599', 'HTTP/1.1 600 OK\r\n'],
  ['no space after the status', 'HTTP/1.1 200\r\n'],
  ['an empty line first', `\r\n${OK}`],
  ['a space first', ` ${OK}`],
  ['a line that ends without CR', 'HTTP/1.1 200 OK\ncontent-length: 3\n\nyes\r\n'],
  ['a field that ends without CR', `${OK}x: y\n${LENGTH}\r\n`],
  ['a CR within a line', `${OK}x: a\rb\r\n`],
  ['a NUL within a value', `${OK}x: a\0b\r\n`],
  ['a field without a colon', `${OK}x\r\n`],
  ['a field without a name', `${OK}: x\r\n`],
  ['a space before the colon', `${OK}content-length : 3\r\n`],
  ['a folded line', `${OK}x: y\r\n z\r\n`],
  ['two lengths', `${OK}content-length: 3\r\ncontent-length: 4\r\n\r\n`],
  ['one length twice', `${OK}${LENGTH}${LENGTH}\r\n`],
  ['a list of lengths', `${OK}content-length: 3, 3\r\n\r\n`],
  ['an empty length', `${OK}content-length:\r\n\r\n`],
  ['a negative length', `${OK}content-length: -3\r\n\r\n`],
  ['a length with a sign', `${OK}content-length: +3\r\n\r\n`],
  ['a length in hexadecimal digits', `${OK}content-length: 0x3\r\n\r\n`],
  ['a length with a fraction', `${OK}content-length: 3.0\r\n\r\n`],
  ['a length beyond all numbers', `${OK}content-length: ${'9'.repeat(16)}\r\n\r\n`],
  ['a length and chunks', `${OK}${LENGTH}${CHUNKED}\r\n`],
  ['chunks and a length', `${OK}${CHUNKED}${LENGTH}\r\n`],
  ['another coding', `${OK}transfer-encoding: gzip\r\n\r\n`],
  ['two codings', `${OK}transfer-encoding: gzip, chunked\r\n\r\n`],
  ['chunks twice', `${OK}${CHUNKED}${CHUNKED}\r\n`],
  ['an empty coding', `${OK}transfer-encoding:\r\n\r\n`],
  ['chunks in an older protocol', `HTTP/1.0 200 OK\r\n${CHUNKED}\r\n`],
  ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
  ['a chunk without a size', `${OK}${CHUNKED}\r\n\r\n`],
  ['a chunk of another size', `${OK}${CHUNKED}\r\nx\r\n`],
  ['a chunk of negative size', `${OK}${CHUNKED}\r\n-1\r\n`],
  ['a size with a prefix', `${OK}${CHUNKED}\r\n0x3\r\n`],
  ['a size beyond all numbers', `${OK}${CHUNKED}\r\n${'f'.repeat(13)}\r\n`],
  ['a size that ends without CR', `${OK}${CHUNKED}\r\n3\nyes\r\n`],
  ['a chunk longer than its size', `${OK}${CHUNKED}\r\n2\r\nyes\r\n`],
  ['a chunk shorter than its size', `${OK}${CHUNKED}\r\n5\r\nyes\r\n0\r\n`],
  ['a chunk that ends without CR', `${OK}${CHUNKED}\r\n3\r\nyes\n0\r\n\r\n`],
  ['a head without an end', `${OK}x: ${'y'.repeat(64 * 1024)}`],
  ['too many fields', `${OK}${'x: y\r\n'.repeat(20_000)}`],
  ['too many informational responses', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(4000)],
  ['too many trailers', `${OK}${CHUNKED}\r\n0\r\n${'x: y\r\n'.repeat(20_000)}`],
  ['a line before a chunk without an end', `${OK}${CHUNKED}\r\n3;${'x'.repeat(1024)}`],
]

describe('a reader of responses', () => {
  for (const [what, raw, body, mayFollow = true] of WHOLE) {
    it(`reads ${what}, wherever it is split`, () => {
      const status = Number(/^HTTP\/1\.. ([2-5]\d\d)/m.exec(raw)![1])
      const expected = {body, isComplete: true, mayFollow, status}
      for (let step = 1; step <= raw.length; step++)
        expect(read(split(raw, step)), `in steps of ${step} bytes`).to.deep.equal(expected)
      for (let at = 0; at <= raw.length; at++) {
        const bytes = Buffer.from(raw, 'latin1')
        expect(read([bytes.subarray(0, at), bytes.subarray(at)]), `split at ${at}`).to.deep.equal(expected)
      }
    })

    it(`knows that ${what} is incomplete, wherever it is cut`, () => {
      for (let at = 0; at < raw.length; at++) {
        const cut = read([Buffer.from(raw.slice(0, at), 'latin1')], {ends: true})
        expect(cut.isComplete, `cut at ${at}`).to.equal(false)
        expect(body.startsWith(cut.body), `cut at ${at}`).to.equal(true)
      }
    })

    it(`allows no request after ${what} and more`, () => {
      for (const more of [raw, '\r\n', ' ', 'x'])
        for (const step of [1, raw.length + more.length])
          if (step > 1) expect(read(split(raw + more, step))).to.include({body, isComplete: true, mayFollow: false})
    })
  }

  for (const [what, raw] of MALFORMED) {
    it(`refuses ${what}`, () => {
      for (const step of raw.length < 1000 ? [1, 2, 3, raw.length] : [999, raw.length])
        expect(() => read(split(raw, step)), `in steps of ${step} bytes`).to.throw('the response is malformed: ')
    })
  }

  it('reads a body that ends with the connection', () => {
    for (const head of [OK, `HTTP/1.0 200 OK\r\n`, `${OK}connection: keep-alive\r\n`]) {
      const raw = `${head}\r\nyes\r\n`
      for (let step = 1; step <= raw.length; step++) {
        expect(read(split(raw, step)).isComplete).to.equal(false)
        const expected = {body: 'yes\r\n', isComplete: true, mayFollow: false, status: 200}
        expect(read(split(raw, step), {ends: true})).to.deep.equal(expected)
      }
    }

    expect(read([], {ends: true}).isComplete).to.equal(false)
    expect(read([Buffer.from(OK)], {ends: true}).isComplete).to.equal(false)
    expect(read([Buffer.from(`${OK}\r\n`)], {ends: true})).to.include({body: '', isComplete: true})
  })

  it('refuses a body that is too long as soon as it knows', () => {
    const long: [raw: string, sees: string][] = [
      [`${OK}content-length: 4\r\n\r\n`, 'its length'],
      [`${OK}${CHUNKED}\r\n4\r\n`, 'the size of its chunk'],
      [`${OK}${CHUNKED}\r\n3\r\nyes\r\n1\r\n`, 'the size of its second chunk'],
      [`${OK}\r\nyes!`, 'its bytes'],
    ]
    for (const [raw, sees] of long)
      for (const step of [1, raw.length])
        expect(() => read(split(raw, step), {maxBytes: 3}), sees).to.throw(ResponseTooLarge, 'exceeds 3 bytes')
    for (const raw of [`${OK}${LENGTH}\r\nyes`, `${OK}${CHUNKED}\r\n3\r\nyes\r\n0\r\n\r\n`, `${OK}\r\nyes`])
      expect(read(split(raw, 1), {ends: true, maxBytes: 3}).body).to.equal('yes')
    expect(read(split(`${OK}content-length: 0\r\n\r\n`, 1), {maxBytes: 0}).isComplete).to.equal(true)
  })

  it('passes on the parts of a body when they arrive, without copies', () => {
    const reader = new ResponseReader()
    expect(reader.feed(Buffer.from(`${OK}content-length: 9\r\n\r\n`))).to.deep.equal([])
    const part = Buffer.from('yes')
    expect(reader.feed(part)[0]!.buffer).to.equal(part.buffer)
    expect(reader).to.include({isComplete: false, status: 200})
    expect(Buffer.concat(reader.feed(Buffer.from('yesyes'))).toString()).to.equal('yesyes')
    expect(reader.isComplete).to.equal(true)
  })

  it('takes time that grows with the bytes, however small the pieces', () => {
    const raw = `${OK}${'x: y\r\n'.repeat(5000)}${CHUNKED}\r\n${'1;x\r\ny\r\n'.repeat(5000)}0\r\n\r\n`
    expect(read(split(raw, 1)).body).to.have.length(5000)
    expect(read(split(raw, 100_000)).body).to.have.length(5000)
  })

  it('reads what Node.js writes, whatever the parts of the body and the pieces', () => {
    const chunk = (part: Uint8Array) => `${part.length.toString(16)}\r\n${Buffer.from(part).toString('latin1')}\r\n`
    const parts = fc.array(fc.uint8Array({maxLength: 300, minLength: 1}), {maxLength: 5})
    const cuts = fc.array(fc.nat(2000), {maxLength: 10})
    fc.assert(
      fc.property(parts, cuts, fc.boolean(), (body, at, isChunked) => {
        const bytes = Buffer.concat(body)
        const raw = isChunked
          ? `${OK}${CHUNKED}\r\n${body.map((part) => chunk(part)).join('')}0\r\n\r\n`
          : `${OK}content-length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`
        const whole = Buffer.from(raw, 'latin1')
        const ends = [...new Set([0, ...at.filter((place) => place < whole.length), whole.length])]
        ends.sort((a, b) => a - b)
        const reader = new ResponseReader()
        const found = ends.slice(1).flatMap((end, i) => reader.feed(whole.subarray(ends[i], end)))
        expect(Buffer.concat(found).equals(bytes)).to.equal(true)
        expect(reader).to.include({isComplete: true, mayFollow: true, status: 200})
      }),
      {numRuns: rounds(200, 5000)},
    )
  })
})
