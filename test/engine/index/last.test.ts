import {expect} from 'chai'
import fc from 'fast-check'

import {compareEavt} from '../../../src/engine/compare.js'
import {Datom} from '../../../src/engine/datom.js'
import {eavtRange} from '../../../src/engine/index-ranges.js'
import {lastIn} from '../../../src/engine/index/last.js'
import {buildTree} from '../../support/build-tree.js'
import {k, NOWHERE} from '../support.js'

describe('the last datom of a range', () => {
  it('is the last of those that a walk finds', () => {
    const [a, b] = [k('a'), k('b')]
    fc.assert(
      fc.property(
        fc.array(fc.nat(80), {maxLength: 12, minLength: 1}),
        fc.integer({max: 99, min: 1}),
        fc.integer({max: 100, min: 0}),
        (counts, size, entity) => {
          // Each entity with its number of values of a, and one of b: ranges begin and end anywhere in a node.
          const datoms = counts.flatMap((count, i) => [
            ...Array.from({length: count * (1 + (size % 4))}, (_, v) => new Datom(i * 2, a, v, 1)),
            new Datom(i * 2, b, 'x', 1),
          ])
          const tree = buildTree(datoms, compareEavt, NOWHERE)
          for (const range of [
            eavtRange(),
            eavtRange(entity),
            eavtRange((entity % 12) * 2, a),
            eavtRange(entity, b, 'x'),
          ]) {
            expect(lastIn(tree, range)).to.equal(datoms.findLast((datom) => range(datom) === 0))
          }
        },
      ),
      {numRuns: 200},
    )
  })
})
