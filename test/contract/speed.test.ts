import {expect} from 'chai'

import {findSlower} from '../../bench/guard.js'

describe('short commands', function () {
  this.timeout(240_000)

  before(function () {
    if (process.platform === 'linux') return
    console.log('skipped: CPU times are read by bash, and from /proc')
    this.skip()
  })

  it('take as much CPU time as before, compared with node itself', async () => {
    const slower = await findSlower(5, process.env['UPDATE_BASELINE'] !== undefined)
    const names = slower.map(({call, now, stored}) => `${call}: ${now} x \`node -e 0\`, before ${stored} x`)
    expect(names, 'If it is meant: UPDATE_BASELINE=1 npx mocha test/contract/speed.test.ts').to.deep.equal([])
  })
})
