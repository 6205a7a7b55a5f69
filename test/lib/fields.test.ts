import {expect} from 'chai'

import {
  type Check,
  isCount,
  isNumber,
  isOneOf,
  isPositive,
  isString,
  isText,
  optional,
  parseObject,
  readFields,
} from '../../src/lib/fields.js'

const VALUES: readonly unknown[] = [undefined, null, true, false, '', 'a', 0, 1, -1, 1.5, 1e300, [], ['a'], {}]

describe('the fields of an object that any program may have written', () => {
  const CHECKS: Record<string, [check: Check, valid: readonly unknown[]]> = {
    isCount: [isCount, [0, 1, 1e300]],
    isNumber: [isNumber, [0, 1, -1, 1.5, 1e300]],
    isOneOf: [isOneOf('a', true), [true, 'a']],
    isPositive: [isPositive, [1, 1e300]],
    isString: [isString, ['', 'a']],
    isText: [isText, ['a']],
    optional: [optional(isText), [undefined, 'a']],
  }
  for (const [name, [check, valid]] of Object.entries(CHECKS)) {
    it(`${name} is true for ${JSON.stringify(valid)} only`, () => {
      expect(VALUES.filter((value) => check(value))).to.deep.equal(valid)
    })
  }

  it('are those of an object, and of no other JSON', () => {
    expect(parseObject('{"a":[1]}')).to.deep.equal({a: [1]})
    for (const text of ['', '{', 'null', '1', '"{}"', '[]', '[{}]', '\0'])
      expect(parseObject(text), text).to.equal(undefined)
  })

  interface Known {
    a: string
    b?: number
  }
  const read = (value: unknown) => readFields<Known>(value, {a: isText, b: optional(isCount)})

  it('are read if all known ones are valid, and unknown ones are left out', () => {
    expect(read({a: 'x', b: 2, c: 3})).to.deep.equal({a: 'x', b: 2})
    expect(read({a: 'x', b: undefined})).to.have.all.keys('a')
    expect(read(JSON.parse('{"__proto__":{"b":2},"a":"x"}'))).to.deep.equal({a: 'x'})
  })

  it('are not read if one is not valid', () => {
    for (const value of [undefined, null, 'x', [], ['x'], {}, {b: 2}, {a: ''}, {a: 'x', b: -1}, {a: 'x', b: null}])
      expect(read(value), JSON.stringify(value)).to.equal(undefined)
  })
})
