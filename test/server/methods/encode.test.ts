import {expect} from 'chai'
import fc from 'fast-check'

import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {encodeAnswer} from '../../../src/server/methods/encode.js'
import {fromJson, toJson} from '../../../src/values/json.js'
import {keyword, Pattern} from '../../../src/values/scalars.js'
import {encodeTransit} from '../../../src/values/transit.js'
import {List, Tagged, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'
import {anyCharacter} from '../../support/characters.js'

/** Values large and small: collections in collections, and texts with whatever a text can hold. */
const values = fc.letrec<{value: Value}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 3},
    fc.string({unit: anyCharacter}),
    fc.integer(),
    fc.constantFrom(null, true, keyword('a/b')),
    fc.array(tie('value'), {maxLength: 80}),
    fc.array(tie('value'), {maxLength: 80}).map((items) => new List(items)),
    fc.array(fc.integer(), {maxLength: 80}).map((items) => new ValueSet(items)),
    fc
      .array(
        fc.tuple(
          fc.string({maxLength: 3}).map((name) => keyword(`k${name}`)),
          tie('value'),
        ),
        {maxLength: 50},
      )
      .map((entries) => new ValueMap(entries)),
    fc.array(fc.tuple(fc.integer(), tie('value')), {maxLength: 5}).map((entries) => new ValueMap(entries)),
  ),
})).value

const bodyOf = (value: Value, format: 'json' | 'transit') =>
  Buffer.concat(runSync(encodeAnswer(value, {format, warnings: []}, NO_LIMITS))).toString('utf8')

describe('an answer that is put together in steps', () => {
  it('is the one that is put together at once', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(JSON.parse(bodyOf(value, 'json'))).to.deep.equal({
          ok: true,
          result: toJson(value),
        })
        expect(JSON.parse(bodyOf(value, 'transit'))).to.deep.equal({ok: true, resultTransit: encodeTransit(value)})
      }),
      {numRuns: 200},
    )
  })

  it('does not break a character that falls on the end of a piece', () => {
    for (let shift = 0; shift < 4; shift++) {
      const text = 'x'.repeat(shift) + '😀'.repeat(200_000)
      for (const format of ['json', 'transit'] as const) expect(bodyOf([text], format)).not.to.match(/\\ud83d|\uFFFD/)
      expect((JSON.parse(bodyOf([text], 'json')) as {result: string[]}).result[0]).to.equal(text)
    }
  })

  it('lets others in all along a long text, wherever it is', () => {
    const long = `${'x'.repeat(4 * 1024 * 1024)}"é\n`
    const inMap = new ValueMap([[keyword('a/b'), [long]]])
    for (const value of [long, [long], [[1, long]], new List([long]), new ValueSet([long]), inMap]) {
      let pauses = 0
      const task = encodeAnswer(value, {format: 'json', warnings: []}, {shouldYield: () => true, reserveRows() {}})
      let next = task.next()
      for (; !next.done; next = task.next()) pauses++
      expect(JSON.parse(Buffer.concat(next.value).toString())).to.deep.equal({ok: true, result: toJson(value)})
      expect(pauses).to.be.greaterThan(60)
    }
  })

  it('lets others in all along', () => {
    const rows = Array.from({length: 50_000}, (_, i) => [i, `title ${i}`])
    for (const format of ['json', 'transit'] as const) {
      let pauses = 0
      let calls = 0
      const task = encodeAnswer(
        rows,
        {format, warnings: []},
        {shouldYield: () => ++calls % 100 === 0, reserveRows() {}},
      )
      for (let next = task.next(); !next.done; next = task.next()) pauses++
      expect(pauses, format).to.be.greaterThan(300)
    }
  })

  it('has warnings in front of the result', () => {
    const warnings = ['no "such" attribute']
    for (const format of ['json', 'transit'] as const) {
      const body = Buffer.concat(runSync(encodeAnswer([1], {format, warnings}, NO_LIMITS))).toString('utf8')
      expect(Object.keys(JSON.parse(body) as object)).to.deep.equal([
        'ok',
        'warnings',
        format === 'json' ? 'result' : 'resultTransit',
      ])
      expect(JSON.parse(body)).to.deep.include({warnings})
    }
  })

  it('refuses what the format cannot carry, with the reason', () => {
    for (const value of [new Pattern('a'), [[new Pattern('a')]], new Tagged('list', [1]), new Tagged('m', 'x')])
      expect(() => bodyOf(value, 'transit'))
        .to.throw(/the result cannot be sent: transit /)
        .with.property('code', 'invalid-query')
    expect(JSON.parse(bodyOf(new Pattern('a'), 'json'))).to.deep.equal({ok: true, result: {'~#regex': 'a'}})
  })

  it('refuses a result that is too long', () => {
    const long = fromJson(Array.from({length: 130}, () => 'x'.repeat(1024 * 1024)))
    for (const format of ['json', 'transit'] as const)
      expect(() => bodyOf(long, format))
        .to.throw()
        .with.property('code', 'query-too-large')
  }).timeout(30_000)
})
