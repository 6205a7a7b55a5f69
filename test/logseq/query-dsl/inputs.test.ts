import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {Entities} from '../../../src/logseq/entities.js'
import {resolveInputs} from '../../../src/logseq/query-dsl/inputs.js'
import {readEdn} from '../../../src/values/edn-read.js'
import type {Value, ValueMap} from '../../../src/values/types.js'
import {useGoldenGraph} from '../../support/golden-graph.js'

const NOW = new Date(2026, 2, 15, 12)
const at = (...parts: [number, number, number, number?, number?]) => new Date(...parts).getTime()

describe('inputs of queries', () => {
  let db: StoredDatabase
  useGoldenGraph('lists-a.sqlite', (opened) => {
    db = opened
  })

  const resolve = (inputs: string, options = '{}', now = NOW) =>
    resolveInputs(readEdn(inputs) as Value[], {
      entities: new Entities(db),
      now,
      options: readEdn(options) as ValueMap,
    })

  it('reads days, moments, pages, numbers and keywords', () => {
    expect(resolve('[:today :yesterday :tomorrow :-7d :+1w :7d-before :2w-after :today-1m]')).to.deep.equal([
      20_260_315, 20_260_314, 20_260_316, 20_260_308, 20_260_322, 20_260_308, 20_260_329, 20_260_215,
    ])
    expect(resolve('[:right-now-ms :start-of-today-ms :-1d-ms :1d-after-ms :today-1d-start :+1d-1530]')).to.deep.equal([
      NOW.getTime(),
      at(2026, 2, 15),
      at(2026, 2, 14),
      at(2026, 2, 17) - 1,
      at(2026, 2, 14),
      at(2026, 2, 16, 15, 30),
    ])
    expect(resolve('["[[Alpha Beta]]" "2.5" ":a/b" "text" 7 :other nil]')).to.deep.equal([
      'alpha beta',
      2.5,
      ...(readEdn('[:a/b "text" 7 :other nil]') as Value[]),
    ])
  })

  it('stays within a month that has fewer days', () => {
    for (const [now, inputs, days] of [
      [at(2026, 2, 31, 12), '[:1m-before :+1m :-13m :+11m]', [20_260_228, 20_260_430, 20_250_228, 20_270_228]],
      [at(2024, 1, 29, 23), '[:1y-before :+1y :+4y :-1m]', [20_230_228, 20_250_228, 20_280_229, 20_240_129]],
      [at(2026, 0, 31, 0), '[:1m-after :+2m :-2m :today+1m]', [20_260_228, 20_260_331, 20_251_130, 20_260_228]],
    ] as const)
      expect(resolve(inputs, '{}', new Date(now)), String(new Date(now))).to.deep.equal(days)
  })

  it('reads where the query stands', () => {
    const place = '{:current-page "Alpha" :current-block-uuid #uuid "00000000-0000-4000-8000-000000000102"}'
    expect(resolve('[:current-page :current-block :parent-block]', place)).to.deep.equal(['alpha', 219, 216])
    expect(resolve('[:current-page :current-block :parent-block]')).to.deep.equal([null, null, null])
  })
})
