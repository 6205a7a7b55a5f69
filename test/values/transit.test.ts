import {join} from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import transit from 'transit-js'

import {openSqlite} from '../../src/lib/sqlite.js'
import {keyword, Pattern, Sym, symbol, Uuid} from '../../src/values/scalars.js'
import {decodeTransit, encodeTransit, encodeTransitInSteps, TransitError} from '../../src/values/transit.js'
import {equal, List, Tagged, type Value, ValueMap, ValueSet} from '../../src/values/types.js'
import {graphFixtures, unpackGraph} from '../support/graphs.js'
import {rounds} from '../support/rounds.js'
import {useSandbox} from '../support/use.js'
import {values} from '../support/values.js'

/** Writes a little at a time, with a pause wherever there may be one. */
function inSteps(value: Value): {pauses: number; text: string} {
  const task = encodeTransitInSteps(value, () => true)
  for (let pauses = 0; ; pauses++) {
    const {done, value: text} = task.next()
    if (done) return {pauses, text}
  }
}

/** The same value as transit-js has it. */
function foreign(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value
  if (value instanceof Uuid) return transit.uuid(value.text)
  if (value instanceof Sym) return transit.symbol(value.name)
  if (value instanceof List)
    return transit.tagged(
      'list',
      value.items.map((item) => foreign(item)),
    )
  // Its own sets have an order of their own, and it takes an empty map for an empty array.
  if (value instanceof ValueSet)
    return transit.tagged(
      'set',
      Array.from(value, (item) => foreign(item)),
    )
  if (value instanceof ValueMap) {
    const pairs = [...value].flatMap((entry) => entry.map((item) => foreign(item)))
    return [...value.keys()].some((key) => isCollection(key)) ? transit.tagged('cmap', pairs) : transit.map([...pairs])
  }

  return Array.isArray(value) ? value.map((item: Value) => foreign(item)) : transit.keyword(String(value).slice(1))
}

function isCollection(value: Value): boolean {
  return Array.isArray(value) || value instanceof List || value instanceof ValueMap || value instanceof ValueSet
}

/** Transit-js writes a fraction as the key of a map as if it were an integer, and cannot read that. */
function hasFractionKey(value: Value): boolean {
  return /"~[di]-?\d+(?:\.|e-)/.test(encodeTransit(value))
}

describe('transit', () => {
  it('comes back from any value', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = encodeTransit(value)
        expect(equal(decodeTransit(text), value), text).to.equal(true)
        expect(encodeTransit(decodeTransit(text))).to.equal(text)
      }),
      {numRuns: 2000},
    )
  })

  it('is what transit-js writes, byte for byte', () => {
    fc.assert(
      fc.property(values, (value) => {
        fc.pre(!hasFractionKey(value))
        expect(encodeTransit(value)).to.equal(transit.writer('json').write(foreign(value)))
      }),
      {numRuns: 2000},
    )
  })

  it('of transit-js is read', () => {
    fc.assert(
      fc.property(values, (value) => {
        fc.pre(!hasFractionKey(value))
        expect(equal(decodeTransit(transit.writer('json').write(foreign(value))), value)).to.equal(true)
      }),
    )
    const verbose = transit.writer('json-verbose').write(foreign(new ValueMap([[keyword('a/b'), [keyword('a/b')]]])))
    expect(equal(decodeTransit(verbose), new ValueMap([[keyword('a/b'), [keyword('a/b')]]]))).to.equal(true)
  })

  it('runs out of codes and starts again, as transit-js does', () => {
    // 44 * 44 codes; around that many, with repetitions on both sides of the turn.
    for (const count of [1935, 1936, 1937, 1938, 5000]) {
      const keys = Array.from({length: count}, (_, i) => keyword(`name/k${i}`))
      const value: Value = [...keys, ...keys, keys[0] as Value, new ValueMap(keys.map((key) => [key, key] as const))]
      const text = encodeTransit(value)
      expect(text === transit.writer('json').write(foreign(value)), `${count} names`).to.equal(true)
      expect(equal(decodeTransit(text), value), `${count} names`).to.equal(true)
    }
  })

  it('written in steps is the same', () => {
    const filler = Array.from({length: 1000}, () => 0) // what is small is not written in steps
    fc.assert(
      fc.property(values, (value) => {
        for (const all of [value, [value, filler], new ValueMap([[filler, value]])])
          expect(inSteps(all).text).to.equal(encodeTransit(all))
      }),
    )
    const rows = Array.from({length: 1000}, (_, i) => [i, keyword('name/a'), 'text'])
    const large: Value[] = [
      new ValueSet(rows),
      new List(rows),
      new ValueMap([[keyword('name/rows'), rows]]),
      new Tagged('rows', rows),
    ]
    for (const value of [...large, new ValueMap(rows.map((row) => [row, row] as const))]) {
      const {pauses, text} = inSteps(value)
      expect(text === encodeTransit(value)).to.equal(true)
      expect(pauses).to.be.at.least(1000)
    }
  })

  it('keeps unknown tags, and whole numbers that are not exact in JavaScript', () => {
    for (const text of [
      '["~#\'","~i9007199254740993"]',
      '["~#\'","~i9007199254740992"]',
      '["~#\'","~n123456789012345678901234567890"]',
      '["~#\'","~bAAEC"]',
      '["~#\'","~rhttp://a.example/"]',
      '["~#datascript/Datom",[1,"~:block/title","a",536870913]]',
      '["~#set",[["~#datascript/Datom",[1,"~:a",2,3]],["^1",[2,"~:a",2,3]]]]',
      '["^ ","~:a",["~#js/Error",["^ ","~:message","x"]]]',
      '["^ ","~i9007199254740992",1,"~i55",2,"~:a",["^ ","^1",3]]',
    ])
      expect(encodeTransit(decodeTransit(text))).to.equal(text)
  })

  it('reads the other values of the format', () => {
    expect(
      equal(decodeTransit('["~t2026-11-24T00:00:00.000Z","~cx","~d1.5","~?t","~_","~i5"]'), [
        new Date('2026-11-24T00:00:00.000Z'),
        'x',
        1.5,
        true,
        null,
        5,
      ]),
    ).to.equal(true)
    expect(decodeTransit('["~#\'","~zNaN"]')).to.be.NaN
    expect(decodeTransit('"bare"')).to.equal('bare')
    expect(() => encodeTransit([new Pattern('a')])).to.throw(TransitError)
  })
})

describe('transit of real graphs', () => {
  const sandbox = useSandbox()

  it('is written as it was read, row by row', () => {
    for (const name of graphFixtures()) {
      const path = join(sandbox.dir, `${name}.sqlite`)
      unpackGraph(name, path)
      const db = openSqlite(path)
      const rows = db.all('SELECT addr, content FROM kvs')
      db.close()
      expect(rows.length, name).to.be.above(50)
      for (const {addr, content} of rows) {
        const text = String(content)
        expect(encodeTransit(decodeTransit(text)) === text, `row ${String(addr)} of ${name}`).to.equal(true)
      }
    }
  })
})

describe('what is not transit', () => {
  it('is refused for what it is', () => {
    for (const text of [
      '',
      '{',
      '["^1"]',
      '["~#set",1]',
      '["~#set"]',
      '["~#set",[1],2]',
      '["a","~#set"]',
      '["^ ","~:a"]',
      '["~#cmap",[1]]',
      '"~"',
      '"~ix"',
      '"~mx"',
      '"~m9999999999999999"',
      '"~zero"',
      '"~d"',
      '["~:name","^0","^1"]',
      '"~tnever"',
      '["~#list","^ "]',
    ])
      expect(() => decodeTransit(text), text).to.throw(TransitError)
  })

  it('never ends in anything but a TransitError', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '~#set',
        '~#cmap',
        '~#list',
        "~#'",
        '^ ',
        '^0',
        '^1',
        '^zz',
        '~:a',
        '~:abc',
        '~#x',
        '~#abc',
        '~',
        '^',
        '~i1',
        '~m1',
        '~u',
      ),
      fc.string(),
    )
    const {node} = fc.letrec((tie) => ({
      node: fc.oneof(
        {depthSize: 'small'},
        part,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('node'), {maxLength: 4}),
        fc.dictionary(part, tie('node'), {maxKeys: 2}),
      ),
    }))
    fc.assert(
      fc.property(
        fc.oneof(
          node.map((json) => JSON.stringify(json)),
          fc.string(),
          fc.json(),
        ),
        (text) => {
          try {
            const value = decodeTransit(text)
            expect(equal(decodeTransit(encodeTransit(value)), value) || /NaN/.test(text)).to.equal(true)
          } catch (error) {
            if (!(error instanceof TransitError)) throw error
          }
        },
      ),
      {numRuns: rounds(5000, 20_000)},
    )
  })

  it('that nests too deep is refused, however deep', () => {
    for (const depth of [1100, 300_000])
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
        ['["~#list",[', ']]'],
      ] as const)
        expect(() => decodeTransit(open.repeat(depth) + '1' + close.repeat(depth)), `${depth} ${open}`).to.throw(
          TransitError,
        )
    for (const around of [(value: Value) => [value], (value: Value) => new Tagged('tag', value)]) {
      let deep: Value = symbol('a')
      for (let i = 0; i < 300_000; i++) deep = around(deep)
      expect(() => encodeTransit(deep)).to.throw(TransitError)
      expect(() => inSteps(deep)).to.throw(TransitError)
    }

    expect(
      equal(decodeTransit('['.repeat(900) + ']'.repeat(900)), decodeTransit('['.repeat(900) + ']'.repeat(900))),
    ).to.equal(true)
  })
})
