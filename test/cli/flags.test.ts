import {expect} from 'chai'
import fc from 'fast-check'

import {FLAG_VALUES} from '../../src/cli/flag-values.js'

const parseTimeout = FLAG_VALUES.timeout.read

describe('a timeout as people write it', () => {
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
    ['1h', 3_600_000],
    ['61m', 3_660_000],
    ['24d', 2_073_600_000],
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
    '25d',
    '1w',
    '1m30s',
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
    it(`${JSON.stringify(text).slice(0, 20)} is refused`, () => {
      expect(parseTimeout(text)).to.equal(undefined)
    })
  }

  it('is a number of ms that a timer can wait, or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?\d{1,12}(\.\d{1,4})?(ms|s|m|h|d)?$/)), (text) => {
        const ms = parseTimeout(text)
        if (ms !== undefined) expect(ms).to.satisfy((n: number) => Number.isInteger(n) && n >= 1 && n <= 2 ** 31 - 1)
      }),
    )
  })
})

describe('the value of a flag that has a form', () => {
  const ROWS: [name: keyof typeof FLAG_VALUES, text: string, value: number | string | undefined][] = [
    ['query-timeout', '60m', 3_600_000],
    ['query-timeout', '61m', undefined],
    ['query-timeout', '1h', 3_600_000],
    ['query-timeout', '0.5h', 1_800_000],
    ['query-timeout', '1.1h', undefined],
    ['idle-timeout', '0', 0],
    ['idle-timeout', '30', undefined],
    ['idle-timeout', '1.5', undefined],
    ['idle-timeout', '500ms', 500],
    ['idle-timeout', '90s', 90_000],
    ['idle-timeout', '2h', 7_200_000],
    ['idle-timeout', '366d', 31_622_400_000],
    ['idle-timeout', '367d', undefined],
    ['owner-pid', '1', 1],
    ['owner-pid', '0', undefined],
    ['owner-pid', '-1', undefined],
    ['owner-pid', '1.5', undefined],
    ['owner-pid', '9'.repeat(20), undefined],
    ['owner-id', 'profile:1', 'profile:1'],
    ['owner-id', '-x', undefined],
    ['data-dir', '', undefined],
    ['data-dir', ' ', ' '],
    ['worker-script', '', undefined],
  ]
  for (const [name, text, value] of ROWS) {
    it(`--${name} ${JSON.stringify(text)} is ${JSON.stringify(value)}`, () => {
      expect(FLAG_VALUES[name].read(text)).to.equal(value)
    })
  }
})
