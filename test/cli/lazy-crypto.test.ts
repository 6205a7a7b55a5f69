import * as crypto from 'node:crypto'
import {expect} from 'chai'

import {createHash, createHmac, randomBytes, randomUUID, timingSafeEqual} from '../../bundle/lazy/crypto.js'

describe('node:crypto of the bundles of commands', () => {
  // In this order: the first eight are computed in JavaScript.
  for (const turn of ['in JavaScript', 'by the module, after eight']) {
    it(`hashes as node:crypto does, ${turn}`, () => {
      for (const length of [0, 55, 64, 1000]) {
        const [text, key] = ['ä'.repeat(length), 'k'.repeat(length)]
        expect(createHash('sha256').update(text).update('b').digest('hex'), String(length)).to.equal(
          crypto.createHash('sha256').update(text).update('b').digest('hex'),
        )
        expect(createHmac('sha256', key).update(text).digest('base64url'), String(length)).to.equal(
          crypto.createHmac('sha256', key).update(text).digest('base64url'),
        )
      }

      expect(createHash('sha1').update('a').digest('hex')).to.equal(crypto.createHash('sha1').update('a').digest('hex'))
    })
  }

  it('creates random bytes and UUIDs of version 4, each once', () => {
    expect(randomBytes(16)).to.have.length(16)
    expect(randomBytes(16).equals(randomBytes(16))).to.equal(false)
    const uuids = Array.from({length: 300}, () => randomUUID())
    expect(new Set(uuids).size).to.equal(300)
    for (const uuid of uuids) expect(uuid).to.match(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    for (let digit = 0; digit < 36; digit++)
      if (![8, 13, 14, 18, 19, 23].includes(digit)) expect(new Set(uuids.map((uuid) => uuid[digit])).size).to.equal(16)
  })

  it('compares secrets', () => {
    const equal = (a: string, b: string) => timingSafeEqual(Buffer.from(a), Buffer.from(b))
    expect(equal('secret', 'secret')).to.equal(true)
    for (const other of ['Secret', 'secreT', 'sEcret', '\0\0\0\0\0\0'])
      expect(equal('secret', other), other).to.equal(false)
    expect(() => equal('secret', 'secre')).to.throw(RangeError)
  })
})
