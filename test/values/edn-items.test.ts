import {expect} from 'chai'
import fc from 'fast-check'

import {EdnEntries} from '../../src/values/edn-items.js'
import {EdnError, readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {keyword} from '../../src/values/scalars.js'
import {type Value, ValueMap} from '../../src/values/types.js'
import {values} from '../support/values.js'

/** Puts the entries of a text that comes in pieces together again. */
function read(pieces: readonly string[]): ValueMap {
  const entries = new EdnEntries()
  const map = new ValueMap()
  for (const [i, piece] of pieces.entries())
    for (const {isItem, key, value} of entries.feed(piece, i === pieces.length - 1))
      map.set(key, isItem ? [...((map.get(key) as undefined | Value[]) ?? []), value] : value)
  return map
}

/** Cuts a text into pieces of some length. */
function cut(text: string, size: number): string[] {
  return Array.from({length: Math.ceil(text.length / size) || 1}, (_, i) => text.slice(i * size, (i + 1) * size))
}

const TRICKY = String.raw`; a comment with } and "
{:a 1, :b [1 2 #_3 [4 "x]\"\\" \] \} \newline \u0041] #uuid "00000000-0000-4000-8000-000000000001" #{1 2} #inst "2026-01-01"]
 #_(:gone [1]) :c {:d [1 2]} #_#_ :x 1 ; }
 :e #{:f} :g ##Inf :h/i nil 'quoted 5 :j "tail ; no comment" :k #:block{:title "t"} :l ()}
`

describe('entries of a map of EDN that arrives in pieces', () => {
  for (const size of [1, 2, 3, 7, 64, 10_000])
    it(`are those of the whole text, in pieces of ${size} characters`, () => {
      expect(writeEdn(read(cut(TRICKY, size)))).to.equal(writeEdn(readEdn(TRICKY)))
    })

  it('are those of any map', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), values), {maxLength: 4}),
        fc.integer({max: 9, min: 1}),
        (pairs, size) => {
          const map = new ValueMap(pairs.map(([key, value]) => [keyword(`k/${key.length}`), value] as const))
          let text: string
          try {
            text = writeEdn(map)
            readEdn(text)
          } catch {
            return // no text can say it
          }

          const whole = readEdn(text) as ValueMap
          for (const [key, value] of whole) if (Array.isArray(value) && value.length === 0) whole.delete(key)
          expect(writeEdn(read(cut(text, size)))).to.equal(writeEdn(whole))
        },
      ),
    )
  })

  for (const [text, problem] of [
    ['[1]', /expected a map/],
    ['', /ends before the map/],
    ['{:a [1', /ends before the map/],
    ['{:a "x', /./],
    ['{:a}', /key without a value/],
    ['{:a 1} 2', /more than one value/],
    ['{:a [1 }]}', /closes nothing/],
    ['{:a [#foo/bar]}', /./],
    ['{\n:a\n[1 2\n{]}', /line 4/],
  ] as const)
    it(`refuses ${JSON.stringify(text)}`, () => {
      for (const size of [1, 4, 100]) expect(() => read(cut(text, size))).to.throw(EdnError, problem)
    })
})
