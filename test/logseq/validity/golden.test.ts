import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {judgeAll} from '../../../src/logseq/validity/check.js'
import {Judge, type Verdict} from '../../../src/logseq/validity/judge.js'
import {writeRules} from '../../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {reasonOf, run} from '../../engine/support.js'
import {changes, nameOf} from '../../support/changes.js'
import {prepared, recordedChanges, useGoldenGraph} from '../../support/golden-graph.js'
import {UNMET} from '../../support/golden-unmet.js'
import {goldenCases} from '../../support/golden.js'

interface Wrong {
  entity: string
  keys: string[]
  kind?: string
  properties?: string[]
}

const UNKNOWN = 'an attribute that nobody declared is a mistake more often than not'
const MIXED = 'values of several types under an indexed attribute have no order that each build of Logseq agrees on'
const TYPED = 'what Logseq itself says of an attribute is kept'

/** Where this server refuses what Logseq accepts, with the reason. */
const STRICTER: ReadonlyMap<string, string> = new Map([
  ['kind/property-value-block/boolean value', MIXED],
  ['kind/property-value-block/string value', MIXED],
  ['pipeline/kv of Logseq changed', 'the graph could not be opened any more'],
  ['scope/db-type is not db', TYPED],
  ['scope/fix-db? with bad title', TYPED],
  ['scope/integer item', 'an item that is neither a map nor an operation is a mistake'],
  ['scope/reset-conn!', TYPED],
  ['scope/skip-validate-db? with bad title', TYPED],
  ['type/asset-block/unknown attribute', UNKNOWN],
  ['type/block/attribute without namespace', UNKNOWN],
  ['type/block/order number', TYPED],
  ['type/block/tx-id string', TYPED],
  ['type/block/undeclared user property', UNKNOWN],
  ['type/block/unknown attribute', UNKNOWN],
  ['type/block/warning keyword', UNKNOWN],
  ['type/class/unknown attribute', UNKNOWN],
  ['type/closed-value-block/unknown attribute', UNKNOWN],
  ['type/normal-page/unknown attribute', UNKNOWN],
  ['type/property-value-block/unknown attribute', UNKNOWN],
  ['type/user-property/unknown attribute', UNKNOWN],
  ['value/built-in undeclared name', UNKNOWN],
  ['value/checkbox/placeholder keyword', TYPED],
  ['value/number/NaN value block', TYPED],
  ['value/on an undeclared plugin property', UNKNOWN],
  ['value/property deleted under data', 'the values would be of no property'],
])

const cases = goldenCases('validity.jsonl.gz').filter(({input}) => 'tx' in input)

describe('validity, as Logseq judges', () => {
  let start: StoredDatabase
  useGoldenGraph('validity-graph.sqlite', (opened) => {
    start = opened
  })

  describe('of a whole graph, after a transaction that was not judged', () => {
    for (const golden of cases) {
      const expected = golden.output['whole-of-raw'] as undefined | {errors?: Wrong[]; valid: boolean}
      if (!expected || UNMET.has(golden.name)) continue
      it(golden.name, () => {
        const {after, txData} = run(prepared(start, golden), golden.input['tx'] as string)
        const verdicts = runSync(judgeAll(after, {}, NO_LIMITS))
        expect(verdicts.map((verdict) => shown(after, verdict)).sort(byEntity)).to.deep.equal(
          (expected.errors ?? []).map((wrong) => plain(wrong)).sort(byEntity),
        )
        const judge = new Judge(after)
        const kinds = (golden.output['kinds'] ?? {}) as Record<string, null | string>
        const touched = [...new Set(txData.map(({e}) => e))].filter((e) => after.first(e))
        for (const e of touched) {
          const kind = kinds[nameOf(after, e)]
          if (kind !== undefined) expect(judge.kindOf(e) ?? null, nameOf(after, e)).to.equal(kind)
        }
      })
    }
  })

  describe('of a write', () => {
    for (const golden of cases) {
      const expected = golden.output['write'] as {invalid?: Wrong[]; verdict: 'error' | 'ok'}
      if (UNMET.has(golden.name) && expected.verdict === 'ok') continue
      it(golden.name, () => {
        const db = prepared(start, golden)
        const meta = golden.input['tx-meta'] as string | undefined
        const attempt = () =>
          run(db, golden.input['tx'] as string, writeRules(meta === undefined ? null : readEdn(meta)))
        const reason = reasonOf(attempt)
        if (expected.verdict === 'error') {
          expect(reason).to.not.equal('accepted')
          return
        }

        if (STRICTER.has(golden.name)) expect(reason).to.not.equal('accepted')
        else {
          expect(reason).to.equal('accepted')
          expect(changes(db, attempt())).to.deep.equal(recordedChanges(golden))
        }
      })
    }
  })
})

function shown(db: StoredDatabase, {e, faults, kind}: Verdict): Wrong {
  const properties = faults.flatMap(({property}) => property ?? [])
  return plain({
    entity: nameOf(db, e),
    keys: kind === undefined ? [] : faults.map(({attribute}) => String(attribute)),
    kind: kind ?? 'none',
    properties: properties.map(String),
  })
}

function plain({entity, keys, kind, properties}: Wrong): Wrong {
  return {
    entity,
    keys: [...new Set(keys)].sort(),
    ...(kind !== undefined && {kind}),
    properties: [...new Set(properties ?? [])].sort(),
  }
}

function byEntity(a: Wrong, b: Wrong): number {
  return a.entity < b.entity ? -1 : 1
}
