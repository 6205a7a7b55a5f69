import {expect} from 'chai'
import fc from 'fast-check'

import {parseTimeout} from '../../src/cli/flags.js'
import {ServerError} from '../../src/lib/errors.js'

describe('a time-out as people write it', () => {
  for (const [text, ms] of [
    ['30s', 30_000],
    ['500ms', 500],
    ['500', 500],
    ['1', 1],
    ['2m', 120_000],
    ['1.5s', 1500],
    ['0.2ms', 1],
    [' 30s ', 30_000],
    ['2147483647', 2_147_483_647],
  ] as const) {
    it(`${JSON.stringify(text)} is ${ms} ms`, () => {
      expect(parseTimeout(text)).to.equal(ms)
    })
  }

  for (const text of [
    '',
    ' ',
    '0',
    '0s',
    '-1',
    '-30s',
    '30 s',
    '30sec',
    '1h',
    's',
    'NaN',
    'Infinity',
    '1e3',
    '0x10',
    '1,5s',
    '.5s',
    '2147483648',
    '9'.repeat(400),
    '３０',
  ]) {
    it(`${JSON.stringify(text).slice(0, 20)} is none`, () => {
      expect(() => parseTimeout(text))
        .to.throw(ServerError, 'is not a time-out')
        .with.include({code: 'usage', exit: 2})
    })
  }

  it('is a number of ms that a timer can wait, or an error of use', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?\d{1,12}(\.\d{1,4})?(ms|s|m)?$/)), (text) => {
        try {
          expect(parseTimeout(text)).to.satisfy((ms: number) => Number.isInteger(ms) && ms >= 1 && ms <= 2 ** 31 - 1)
        } catch (error) {
          expect(error).to.include({code: 'usage'})
        }
      }),
    )
  })
})
