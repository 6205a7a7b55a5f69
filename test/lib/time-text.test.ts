import {expect} from 'chai'

import {timeText} from '../../src/lib/time-text.js'

describe('a time in a message', () => {
  for (const [ms, text] of [
    [0, '0 ms'],
    [500, '500 ms'],
    [999.6, '1000 ms'],
    [1000, '1 s'],
    [1500, '1.5 s'],
    [3012, '3 s'],
    [90_000, '90 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
  ] as const)
    it(`of ${ms} ms is ${text}`, () => {
      expect(timeText(ms)).to.equal(text)
    })
})
