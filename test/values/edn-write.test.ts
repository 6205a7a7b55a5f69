import {expect} from 'chai'

import {EdnError, readEdn} from '../../src/values/edn-read.js'
import {showEdn, writeEdn} from '../../src/values/edn-write.js'
import {keyword} from '../../src/values/scalars.js'
import {equal, List, type Value, ValueMap, ValueSet} from '../../src/values/types.js'
import {expectQuick} from '../support/computing.js'

const MANY = Array.from({length: 1_000_000}, (_, i) => i)

function deep(): Value {
  let value: Value = MANY
  for (let i = 0; i < 500; i++) value = [value, MANY]
  return value
}

describe('EDN that is bounded', () => {
  it('is the same where it is short enough', () => {
    for (const text of [
      '{:a [1 "x" nil], [2] #{}}',
      '(f #{1 2} #x {} 123456789012345678901N)',
      '[]',
      String.raw`"é\n"`,
    ])
      expect(equal(readEdn(writeEdn(readEdn(text), text.length + 2)), readEdn(text))).to.equal(true)
  })

  const LONG: Record<string, Value> = {
    'a keyword': keyword('x'.repeat(10_000_000)),
    'a list': new List(MANY),
    'a map': new ValueMap([[keyword('a'), MANY]]),
    'a set': new ValueSet([MANY]),
    'a text': 'x'.repeat(10_000_000),
    'a vector': MANY,
    'what nests deep': deep(),
  }
  for (const [what, value] of Object.entries(LONG)) {
    it(`is put together no further: ${what}`, async () => {
      expect(() => writeEdn(value, 1000)).to.throw(EdnError)
      expect(showEdn(value)).to.have.length(201).and.match(/…$/)
      await expectQuick(300, () => {
        for (let i = 0; i < 10; i++) showEdn(value)
      })
    })
  }
})
