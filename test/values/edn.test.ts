import {expect} from 'chai'
import fc from 'fast-check'

import {EdnError, readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {keyword, Pattern, symbol, Uuid} from '../../src/values/scalars.js'
import {encodeTransit} from '../../src/values/transit.js'
import {equal, List, Tagged, type Value, ValueMap, ValueSet} from '../../src/values/types.js'
import {rounds} from '../support/rounds.js'
import {values} from '../support/values.js'

const k = keyword
const s = symbol

const MEANINGS: [string, Value][] = [
  ['nil', null],
  ['true', true],
  ['-12', -12],
  ['+5', 5],
  ['1.5e3', 1500],
  ['2M', 2],
  ['3N', 3],
  ['9007199254740993', new Tagged('i', '9007199254740993')],
  ['9007199254740993N', new Tagged('n', '9007199254740993')],
  ['##Inf', Number.POSITIVE_INFINITY],
  ['##-Inf', Number.NEGATIVE_INFINITY],
  [String.raw`"a\n\"\\é"`, 'a\n"\\é'],
  [String.raw`\a`, 'a'],
  [String.raw`\newline`, '\n'],
  [String.raw`[\( \) \u0041 \😀]`, ['(', ')', 'A', '😀']],
  [':block/title', k('block/title')],
  [':block/_parent', k('block/_parent')],
  ['?x', s('?x')],
  ['...', s('...')],
  ['-', s('-')],
  ['-a', s('-a')],
  ['<=', s('<=')],
  ['clojure.string/blank?', s('clojure.string/blank?')],
  ['[:find ?b :where [?b :block/title _]]', [k('find'), s('?b'), k('where'), [s('?b'), k('block/title'), s('_')]]],
  ["'[:find (pull ?b [*])]", [k('find'), new List([s('pull'), s('?b'), [s('*')]])]],
  [
    '{:a 1, :b {}}',
    new ValueMap([
      [k('a'), 1],
      [k('b'), new ValueMap()],
    ]),
  ],
  ['#{1 2}', new ValueSet([1, 2])],
  [
    '#:block{:title "a" :x/y 1 :_/z 2}',
    new ValueMap([
      [k('block/title'), 'a'],
      [k('x/y'), 1],
      [k('z'), 2],
    ]),
  ],
  ['#uuid "6735D1A3-2b4c-4d5e-8f90-123456789abc"', new Uuid('6735d1a3-2b4c-4d5e-8f90-123456789abc')],
  ['#inst "2026-11-24T12:00:00.000-00:00"', new Date('2026-11-24T12:00:00Z')],
  ['#inst "2026-11-24T12:00:00"', new Date('2026-11-24T12:00:00Z')],
  ['#inst "2026-11-24"', new Date('2026-11-24T00:00:00Z')],
  [String.raw`#"a\d\"b"`, new Pattern(String.raw`a\d\"b`)],
  ['#foo/bar [1]', new Tagged('foo/bar', [1])],
  ['[1 #_ 2 #_ #_ 3 4 5 #_6]', [1, 5]],
  ['; what\n [1 ; more\n 2] ; end', [1, 2]],
  ['(a,b)', new List([s('a'), s('b')])],
]

/** What is wrong, and where. */
const WRONG: [string, number, RegExp][] = [
  ['', 0, /ends where a value should be/],
  ['[1 2', 0, /no ] closes this.*line 1, column 1/],
  ['{:a [1\n  2)', 10, /\) closes nothing.*line 2, column 4/],
  ['(1 "abc', 3, /no " closes this text/],
  ['1 2', 2, /more than one value/],
  ['[1 2]]', 5, /more than one value/],
  [']', 0, /\] closes nothing/],
  ['[1 }]', 3, /} closes nothing/],
  ['{:a}', 0, /a value for each key/],
  ['{:a 1 :a 2}', 0, /a key stands twice/],
  ['#{1 1}', 0, /a value stands twice/],
  ['\n\n  ::a', 4, /one colon \(line 3, column 3\)/],
  [':', 0, /not a keyword/],
  ['[:a/]', 1, /not a keyword/],
  ['12a', 0, /not a number/],
  ['007', 0, /not a number/],
  ['1/2', 0, /not a number/],
  [String.raw`"a\qb"`, 2, /not an escape/],
  [String.raw`\foo`, 0, /not a character/],
  ['#uuid "x"', 0, /expected .* after #uuid/],
  ['#uuid 1', 0, /expected .* after #uuid/],
  ['#inst "yesterday"', 0, /expected .* after #inst/],
  ['#inst "2026-13-01"', 0, /expected .* after #inst/],
  ['#(+ 1 %)', 0, /not EDN/],
  ['#', 0, /not EDN/],
  ['@a', 0, /not EDN/],
  ['^:a b', 0, /not EDN/],
  ['`a', 0, /not EDN/],
  ['##Infinity', 0, /not a number/],
  ['[#_]', 3, /closes nothing/],
]

describe('EDN', () => {
  for (const [text, value] of MEANINGS)
    it(`reads ${JSON.stringify(text)}`, () => {
      expect(encodeOf(readEdn(text))).to.equal(encodeOf(value))
    })

  for (const [text, position, problem] of WRONG)
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      expect(() => readEdn(text))
        .to.throw(EdnError, problem)
        .that.has.property('position', position)
    })

  it('reads ##NaN', () => {
    expect(readEdn('##NaN')).to.be.NaN
    expect(writeEdn(Number.NaN)).to.equal('##NaN')
  })

  it('comes back from any value', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = writeEdn(value)
        expect(equal(readEdn(text), value), text).to.equal(true)
      }),
      {numRuns: 2000},
    )
    for (const [, value] of MEANINGS) expect(encodeOf(readEdn(writeEdn(value)))).to.equal(encodeOf(value))
  })

  it('of nonsense ends in an EdnError or in a value that can be written', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        '#{',
        '#',
        '"',
        '\\',
        "'",
        ':',
        ' ',
        '#_',
        ';',
        '\n',
        '##',
        '#"',
        '#uuid ',
        '#inst ',
        '#:a{',
        '1',
        'a',
        '/',
        '~',
        '^',
        '\u0000',
      ),
      fc.string({maxLength: 3}),
    )
    fc.assert(
      fc.property(fc.array(piece, {maxLength: 12}), (pieces) => {
        try {
          const value = readEdn(pieces.join(''))
          expect(writeEdn(value)).to.be.a('string')
        } catch (error) {
          if (!(error instanceof EdnError)) throw error
          expect(error.position).to.be.within(0, pieces.join('').length)
        }
      }),
      {numRuns: rounds(5000, 20_000)},
    )
  })

  it('that nests too deep is refused, however deep', () => {
    for (const depth of [1100, 100_000, 1_000_000])
      for (const open of ['[', '(', '#{', '{:a ', "'", '#_', '#a ', '#:a{:b '])
        expect(() => readEdn(`${open.repeat(depth)}1`), open).to.throw(EdnError, /deep/)
    let deep: Value = 1
    for (let i = 0; i < 5000; i++) deep = new List([deep])
    expect(() => writeEdn(deep)).to.throw(EdnError)
  })

  it('reads a long text in time that grows with its length alone', () => {
    const long = `[${'"some text" {:a/b 1} '.repeat(50_000)}]`
    expect((readEdn(long) as readonly Value[]).length).to.equal(100_000)
    expect((readEdn(`"${'x'.repeat(1_000_000)}"`) as string).length).to.equal(1_000_000)
  })
})

/** Transit tells all values apart, but for regular expressions. */
function encodeOf(value: Value): string {
  return value instanceof Pattern ? `#"${value.source}"` : encodeTransit(value)
}
