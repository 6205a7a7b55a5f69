import {expect} from 'chai'

import {encodeArguments} from '../../../src/lib/client/carry.js'
import {ServerError} from '../../../src/lib/errors.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {decodeTransit} from '../../../src/values/transit.js'
import type {Value} from '../../../src/values/types.js'

const carried = (method: string, args: string) =>
  writeEdn(decodeTransit(encodeArguments(method, readEdn(args) as readonly Value[])))

describe('the arguments of a call', () => {
  it('go as they are when transit can carry them', () => {
    for (const args of [
      '["g" [[:find ?x] 1 #{:a}]]',
      '["g" [{:find [?x]} sym #inst "2026-01-01T00:00:00.000Z" #foo/bar [1]]]',
    ])
      expect(carried('q', args)).to.equal(args)
  })

  it('go as text where a query, rules and a selector belong when transit cannot', () => {
    expect(carried('q', '["g" [[:find ?x :where [(re-find #"a" ?x)]] 1]]')).to.equal(
      String.raw`["g" ["[:find ?x :where [(re-find #\"a\" ?x)]]" 1]]`,
    )
    expect(
      carried('thread-api/q', '["g" ["[:find ?x :in $ ?y % :where (r ?x)]" 1 [[(r ?x) [(re-find #"a" ?x)]]]]]'),
    ).to.equal(String.raw`["g" ["[:find ?x :in $ ?y % :where (r ?x)]" 1 "[[(r ?x) [(re-find #\"a\" ?x)]]]"]]`)
    expect(carried('pull', '["g" [[:a :default #"x"]] 1]')).to.equal(String.raw`["g" "[[:a :default #\"x\"]]" 1]`)
  })

  const REFUSED: ReadonlyArray<readonly [method: string, args: string, code: string, message: string]> = [
    [
      'q',
      '["g" ["[:find ?x :in $ ?y ?x]" 1 #"a"]]',
      'invalid-query',
      'input 2 cannot be sent: transit has no regular expressions',
    ],
    [
      'q',
      '["g" [[:find ?x :in $ [?x ...]] [1 {:a #"a"}]]]',
      'invalid-query',
      'input 1 cannot be sent: transit has no regular',
    ],
    [
      'q',
      '["g" [[:find ?x :in $ ?x] #list [1]]]',
      'invalid-query',
      'input 1 cannot be sent: transit reads the tag #list',
    ],
    ['q', '["g" [[:find ?x :in $ ?x] #m "1"]]', 'invalid-query', 'input 1 cannot be sent: transit reads the tag #m'],
    ['pull', '["g" [*] #"a"]', 'invalid-query', 'argument 2 cannot be sent: transit has no regular expressions'],
    [
      'transact',
      '["g" [{:a #"a"}]]',
      'invalid-transaction',
      'argument 1 cannot be sent: transit has no regular expressions',
    ],
    [
      'datoms',
      '["g" :eavt #"a"]',
      'invalid-arguments',
      'argument 2 cannot be sent: transit has no regular expressions',
    ],
  ]

  for (const [method, args, code, message] of REFUSED)
    it(`are refused with the reason: ${method} ${args}`, () => {
      expect(() => carried(method, args))
        .to.throw(ServerError, message)
        .with.property('code', code)
    })
})
