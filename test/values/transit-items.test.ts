import {expect} from 'chai'
import fc from 'fast-check'

import {readEdn} from '../../src/values/edn-read.js'
import {decodeTransit, encodeTransit, TransitError, TransitItems} from '../../src/values/transit.js'
import {List, type Value, ValueSet} from '../../src/values/types.js'
import {expectQuick} from '../support/computing.js'

/** Reads a text in parts of the given lengths, which are taken in turn. */
function readInParts(text: string, lengths: readonly number[], part?: number): Value {
  const reader = new TransitItems(part)
  const items: Value[] = []
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = lengths[i % lengths.length]!
    items.push(...reader.feed(text.slice(at, at + length)))
    at += length
  }

  const end = reader.end()
  if ('value' in end) return end.value
  items.push(...end.items)
  return end.kind === 'set' ? new ValueSet(items) : end.kind === 'list' ? new List(items) : items
}

const VALUES = [
  'nil', '7', '"text"', ':a/b', '[]', '()', '#{}', '{}', '[1]', '(nil)', '#{1 2}', '{:a 1, :b [1]}', '{[1] 2}', '#inst "2026"',
  '[[1 "a"] [2 "b"]]', '#{[:block/title :block/title] [:block/title 2]}', '(:list/long {:list/long 1} #{:list/long})',
  String.raw`["a\"b" "c\\" "[" "]," "~x" "^ " "^0"]`, '[{:key/one 1} {:key/one 2}]', '[["~#set" [1]]]', '["~#set" [1]]',
  '[#foo/bar [1] #foo/bar {:a #foo/bar 2}]', '[#{:set/one} #{:set/one} (1) (2)]', '[##NaN ##Inf 1.5 -2]', '["日本語" "😀"]',
] // prettier-ignore

describe('items that are read while their text arrives', () => {
  for (const edn of VALUES)
    it(`are those of ${edn}`, () => {
      const text = encodeTransit(readEdn(edn))
      for (const lengths of [[1], [2], [3, 1], [7], [text.length], [10_000]])
        for (const part of [1, 30, undefined])
          expect(readInParts(text, lengths, part), `${lengths} ${part}`).to.deep.equal(decodeTransit(text))
    })

  it('are the same for any rows in any parts', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constantFrom(':block/title', ':logseq.property/status').map((k) => readEdn(k)),
    )
    const rows = fc.array(fc.array(cell, {maxLength: 3}), {maxLength: 60})
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({max: 40, min: 1}), {minLength: 1}),
        fc.boolean(),
        (found, lengths, asSet) => {
          const text = encodeTransit(asSet ? new ValueSet(found) : found)
          expect(readInParts(text, lengths, 1)).to.deep.equal(decodeTransit(text))
        },
      ),
    )
  })

  it('reject a text that is not complete, or not transit', () => {
    for (const text of ['', '[1,2', '["~#set",[1,2', '["~#set",[[1,"a', '[1,x]', '{"a":'])
      for (const part of [1, undefined]) expect(() => readInParts(text, [4], part), text).to.throw(TransitError)
  })

  it('need a time that grows with the text, also for one long item', async () => {
    await expectQuick(3000, () => {
      const text = encodeTransit([['x'.repeat(20_000_000)], [1]])
      expect(readInParts(text, [65_536])).to.deep.equal(decodeTransit(text))
    })
  })
})
