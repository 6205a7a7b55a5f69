import {expect} from 'chai'

import {ServerError} from '../../../src/lib/errors.js'
import {arg, type Argument, oneOf, optional, repo, rest} from '../../../src/protocol/methods/spec.js'
import {readArguments} from '../../../src/server/methods/arguments.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {Keyword, Uuid} from '../../../src/values/scalars.js'
import {type Value, ValueMap} from '../../../src/values/types.js'

const read = (args: readonly Argument[], values: string) =>
  readArguments('thread-api/pull', args, readEdn(values) as readonly Value[])

function refusal(args: readonly Argument[], values: string): ServerError {
  try {
    read(args, values)
  } catch (error) {
    if (error instanceof ServerError) return error
    throw error
  }

  throw new Error('it was accepted')
}

describe('the arguments of a method', () => {
  it('omits the graph, and arguments that the method does not have', () => {
    expect(read([repo, arg('name', 'text')], '["demo" "a" "b"]')).to.deep.equal(['a'])
    expect(read([arg('name', 'text')], '["demo" "a" "b"]')).to.deep.equal(['demo'])
    expect(read([], '[1 2]')).to.deep.equal([])
  })

  it('reads each kind', () => {
    const [text, count, flag, word, id, items, list] = read(
      [
        arg('a', 'text'),
        arg('b', 'integer'),
        arg('c', 'boolean'),
        arg('d', 'keyword'),
        arg('e', 'uuid'),
        arg('f', 'vector'),
        arg('g', 'vector'),
      ],
      '["x" 7 false :k #uuid "00000000-0000-4000-8000-000000000001" [1] (2)]',
    )
    expect([text, count, flag, items, list]).to.deep.equal(['x', 7, false, [1], [2]])
    expect(word).to.be.instanceOf(Keyword)
    expect(id).to.be.instanceOf(Uuid)
    expect(read([arg('a', 'map')], '[{:a 1}]')[0]).to.be.instanceOf(ValueMap)
    expect(read([oneOf('a', ['x', 'y'])], '[:y]')).to.deep.equal(['y'])
    expect(read([rest('a')], '[1 nil "b"]')).to.deep.equal([[1, null, 'b']])
    expect(read([arg('a', 'value'), rest('b')], '[1]')).to.deep.equal([1, []])
  })

  it('takes nil for an argument that is left out', () => {
    const args = [optional('a', 'text'), optional('b', 'map'), optional('c', 'value')]
    for (const values of ['[]', '[nil nil nil]']) {
      const [a, b, c] = read(args, values)
      expect([a, c]).to.deep.equal([undefined, undefined])
      expect((b as ValueMap).size).to.equal(0)
    }
  })

  for (const [kind, value, expected] of [
    ['text', '7', 'a string that is not empty, got 7'],
    ['text', '"  "', 'a string that is not empty, got "  "'],
    ['integer', '1.5', 'an integer, got 1.5'],
    ['integer', '"1"', 'an integer, got "1"'],
    ['boolean', '"true"', 'a boolean, got "true"'],
    ['keyword', '"a"', 'a keyword, got "a"'],
    ['uuid', '"00000000-0000-4000-8000-000000000001"', 'a UUID, got "00000000-0000-4000-8000-000000000001"'],
    ['map', '[1]', 'a map, got [1]'],
    ['vector', '{:a 1}', 'a vector, got {:a 1}'],
    ['vector', '#{1}', 'a vector, got #{1}'],
  ] as const)
    it(`refuses ${value} as ${kind}, whether or not it may be left out`, () => {
      for (const one of [arg('a', kind), optional('a', kind)]) {
        const {code, details, message} = refusal([repo, one], `["demo" ${value}]`)
        expect(code).to.equal('invalid-arguments')
        expect(message).to.equal(`a of thread-api/pull: expected ${expected}`)
        expect(details).to.deep.equal({argument: 'a', method: 'thread-api/pull'})
      }
    })

  it('names what is missing, and which keywords there are', () => {
    expect(refusal([arg('a', 'map')], '[nil]').message).to.equal('a of thread-api/pull: expected a map, got nil')
    expect(refusal([oneOf('a', ['x', 'y'])], '[:z]').message).to.equal(
      'a of thread-api/pull: expected one of :x, :y, got :z',
    )
    expect(refusal([oneOf('a', ['x', 'y'])], '["x"]').message).to.equal(
      'a of thread-api/pull: expected one of :x, :y, got "x"',
    )
    expect(refusal([oneOf('a', ['x', 'y'])], '[]').message).to.equal(
      'a of thread-api/pull: expected one of :x, :y, got nothing',
    )
  })

  it('cuts a long value in a message', () => {
    const {message} = refusal([arg('a', 'map')], `["${'x'.repeat(10_000)}"]`)
    expect(message.length).to.be.lessThan(400)
  })
})
