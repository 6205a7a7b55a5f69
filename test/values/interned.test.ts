import {setImmediate as turn} from 'node:timers/promises'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {expect} from 'chai'

import {Interned} from '../../src/values/interned.js'
import {Keyword, keyword} from '../../src/values/scalars.js'

describe('names', function () {
  this.timeout(120_000)

  it('have one object each, for as long as it is referenced', async () => {
    const held = Array.from({length: 30_000}, (_, i) => keyword(`held/k${i}`))
    const long = keyword(`held/${'x'.repeat(1000)}`)
    for (let i = 0; i < 200_000; i++) {
      keyword(`passing/k${i}`)
      if (i % 10_000 === 0) await turn()
    }

    for (const [i, value] of held.entries()) expect(keyword(`held/k${i}`)).to.equal(value)
    expect(keyword(`held/${'x'.repeat(1000)}`)).to.equal(long)
    for (const short of ['', 'a', 'ab']) expect(keyword(short)).to.equal(keyword(short))
  })

  it('are forgotten when they are not referenced', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const all = new Interned(Keyword)
    for (let i = 0; i < 60_000; i++) all.get(`some/name-${i}`)
    expect(all.size).to.equal(60_000)
    await turn() // until then, what was looked at stays
    collect()
    for (let i = 0; i < 40_000; i++) all.get(`other/name-${i}`)
    expect(all.size).to.be.lessThan(60_000)
  })
})
