import {createHmac} from 'node:crypto'
import {validateHeaderValue} from 'node:http'
import {expect} from 'chai'

import {datagramChallenge, newChallenge, proofOf, sameSecret} from '../../../src/lib/lock/proof.js'

describe('the proof of a server', () => {
  it('is the HMAC-SHA256, in hex, of challenge, NUL and lock-id, its key the token as text', () => {
    const expected = createHmac('sha256', 'token').update(Buffer.from('challenge\0lock', 'latin1')).digest('hex')
    expect(proofOf('token', 'lock', 'challenge')).to.equal(expected)
  })

  it('covers the graph after another NUL, where one is given', () => {
    const expected = createHmac('sha256', 'token').update(Buffer.from('challenge\0lock\0id', 'latin1')).digest('hex')
    expect(proofOf('token', 'lock', 'challenge', 'id')).to.equal(expected)
  })

  it('differs with the token, the lock-id and the challenge', () => {
    const proofs = [
      ['t', 'l', 'c'],
      ['T', 'l', 'c'],
      ['t', 'L', 'c'],
      ['t', 'l', 'C'],
      ['t', 'c', 'l'],
    ]
    expect(new Set(proofs.map(([token, lock, challenge]) => proofOf(token!, lock!, challenge!))).size).to.equal(5)
  })

  it('is another one by a datagram, and for no challenge that a header can have', () => {
    const expected = createHmac('sha256', 'token').update(Buffer.from('datagram\0c\0lock', 'latin1')).digest('hex')
    expect(proofOf('token', 'lock', datagramChallenge('c'))).to.equal(expected)
    expect(() => validateHeaderValue('x-challenge', datagramChallenge('c'))).to.throw(TypeError)
  })

  it('no two challenges are the same', () => {
    expect(new Set(Array.from({length: 100}, () => newChallenge())).size).to.equal(100)
    expect(newChallenge()).to.match(/^[\w-]{22}$/)
  })

  for (const [a, b, same] of [
    ['x', 'x', true],
    ['x', 'y', false],
    ['', '', true],
    ['x', 'xx', false],
    ['é', 'e', false],
    ['', 'x', false],
  ] as const) {
    it(`${JSON.stringify(a)} and ${JSON.stringify(b)} are ${same ? 'the same' : 'different'}`, () => {
      expect(sameSecret(a, b)).to.equal(same)
    })
  }
})
