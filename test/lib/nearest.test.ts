import {expect} from 'chai'

import {nearest} from '../../src/lib/nearest.js'

describe('the name that was probably meant', () => {
  const ROWS: [given: string, known: string[], expected: string | undefined][] = [
    ['dmeo', ['demo', 'notes'], 'demo'],
    ['demo', ['Demo'], 'Demo'],
    ['DEMO', ['notes', 'demo'], 'demo'],
    ['demos', ['demon', 'demo'], 'demon'],
    ['caf\u00E9', ['cafe\u0301'], 'cafe\u0301'],
    ['x', ['completely different'], undefined],
    ['demo', ['zzzz'], undefined],
    ['demo', [], undefined],
    ['', ['demo'], undefined],
    ['nope', ['demo'], undefined],
    ['a', ['b'], undefined],
    ['q1', ['q2'], undefined],
    ['work', ['word'], 'word'],
    ['home', ['work'], undefined],
    ['journal', ['journal', 'journals'], 'journal'],
    ['jounral', ['journal'], 'journal'],
    ['notebook', ['notebok', 'note'], 'notebok'],
    ['delete', ['restore'], undefined],
    ['personal-notes', ['professional-notes'], undefined],
  ]
  for (const [given, known, expected] of ROWS) {
    it(`${JSON.stringify(given)} among ${JSON.stringify(known)}: ${expected ?? 'none'}`, () => {
      expect(nearest(given, known)).to.equal(expected)
    })
  }
})
