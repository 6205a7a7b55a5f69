import {expect} from 'chai'

import {EdnError, readEdn} from '../../src/values/edn-read.js'
import {printEdn, showEdn, writeEdn} from '../../src/values/edn-write.js'
import {keyword, symbol, Uuid} from '../../src/values/scalars.js'
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

describe('EDN of what EDN has no word for', () => {
  const KEYWORDS = ['a b', 'a(b', 'a"b', 'a,b', 'a;b', 'a\nb', 'a\u00A0b', '', '/', ':a', 'n/a b'].map((name) =>
    keyword(name),
  )
  const SYMBOLS = ['a b', '', 'nil', 'true', '1', '-1', ':a', "'a", '#a', String.raw`\a`, '^a'].map((name) =>
    symbol(name),
  )
  const TIMES = [8.64e15, -8.64e15, 253_402_300_800_000, -62_167_219_200_001].map((ms) => new Date(ms))
  for (const value of [...KEYWORDS, ...SYMBOLS, ...TIMES, new Uuid('no uuid')])
    it(`is read as the same: ${printEdn(value, 1000)}`, () => {
      const items = [value, new ValueMap([[value, [value]]]), 1]
      expect(writeEdn(value)).to.match(/^#logseq\.server\/transit "/)
      expect(equal(readEdn(writeEdn(items)), items)).to.equal(true)
    })

  it('is a word wherever there is one', () => {
    const words = String.raw`[:a :a/b :a.b/c' :1a :a#b :@a :é/語 a a/b + -x . .. ... _ ?x $ % a' a#b #inst "2026-01-01T00:00:00.000Z" nil 1]`
    expect(writeEdn(readEdn(words))).to.equal(words)
  })

  it('is shown and printed as it is', () => {
    expect(showEdn([keyword('a b')])).to.equal('[:a b]')
    expect(printEdn([keyword('a b'), symbol('1')], 100)).to.equal('[:a b 1]')
  })

  it('is no other tag', () => {
    for (const text of ['#logseq.server/transit 1', '#logseq.server/transit "x"', '#logseq.server/transit "~#set"'])
      expect(writeEdn(readEdn(text))).to.equal(text)
    expect(() => readEdn('#logseq.server/transit "~mx"')).to.throw(EdnError, '~mx is not transit')
  })
})
