import {randomUUID} from 'node:crypto'

import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {transact} from '../../../src/engine/transact/transact.js'
import {applyOperations} from '../../../src/logseq/outliner/apply.js'
import {judgeAll} from '../../../src/logseq/validity/check.js'
import {writeRules} from '../../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword, Uuid} from '../../../src/values/scalars.js'
import {type Value, ValueMap} from '../../../src/values/types.js'
import {changes, nameOf} from '../../support/changes.js'
import {prepared, recordedChanges, useGoldenGraph} from '../../support/golden-graph.js'
import {goldenCases} from '../../support/golden.js'
import {canonical, isAnyRefusal} from '../../support/outliner-golden.js'

const BLANK = 'a page without a title cannot be found again: it is refused'

/** Where this server refuses what Logseq accepts, with the reason. */
const STRICTER: ReadonlyMap<string, string> = new Map([
  ['op/create-page/blank', BLANK],
  ['op/create-page/empty', BLANK],
  ['op/create-page/only slashes', BLANK],
])

const cases = goldenCases('validity.jsonl.gz').filter(({input}) => 'ops' in input)

describe('operations on an outline, judged as Logseq judges', () => {
  let start: StoredDatabase
  useGoldenGraph('validity-graph.sqlite', (opened) => {
    start = opened
  })

  for (const golden of cases) {
    const expected = golden.output['write'] as {message?: string; payload?: string; result?: string; verdict: string}
    it(golden.name, () => {
      const db = prepared(start, golden)
      const outcome = attempt(db, golden.input['ops'] as string)
      if (expected.verdict === 'error' || STRICTER.has(golden.name)) {
        expect(outcome.error, writeEdn(outcome.result)).to.be.a('string')
        const message = messageOf(expected)
        if (message !== undefined) expect(outcome.error).to.equal(message)
        return
      }

      expect(outcome.error).to.equal(undefined)
      expect(outcome.changed).to.deep.equal(recordedChanges(golden))
      if (expected.result !== undefined && expected.result !== ':<result>')
        expect(comparable(canonical(outcome.result))).to.equal(comparable(canonical(readEdn(marked(expected.result)))))
      const verdicts = runSync(judgeAll(outcome.after, {}, NO_LIMITS)).map(({e}) => nameOf(outcome.after, e))
      const wrong = (golden.output['whole-after-write'].errors ?? []) as {entity: string}[]
      expect(verdicts).to.deep.equal(wrong.map(({entity}) => entity))
    })
  }
})

interface Outcome {
  after: StoredDatabase
  changed: string[]
  error?: string
  result: Value
}

function attempt(db: StoredDatabase, ops: string): Outcome {
  const making = {ending: () => '-aAAAAAAA', now: Date.now(), uuid: () => new Uuid(randomUUID())}
  try {
    const applied = runSync(
      applyOperations(db, {era: 'head', ops: readEdn(ops), options: new ValueMap()}, making, NO_LIMITS),
    )
    if (applied.txData.length === 0) return {after: db, changed: [], result: applied.answer(db)}
    const report = runSync(transact(db, applied.txData, NO_LIMITS, writeRules(applied.txMeta, making.now)))
    return {after: report.after, changed: changes(db, report), result: applied.answer(report.after)}
  } catch (error) {
    const {code, message} = error as {code?: string; message: string}
    if (code === undefined) throw error
    return {after: db, changed: [], error: message, result: null}
  }
}

/** @returns undefined where any refusal is right */
function messageOf({message, payload}: {message?: string; payload?: string}): string | undefined {
  if (message === undefined || isAnyRefusal(message)) return undefined
  const reported = payload === undefined ? undefined : (readEdn(payload) as ValueMap).get(keyword('message'))
  return typeof reported === 'string' ? reported : message
}

function marked(text: string): string {
  return text.replaceAll(/:<(\w+)>/g, ':any/$1')
}

function comparable(text: string): string {
  return text.replaceAll(
    /#uuid "[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-(?!0000000)[\da-f]{12}"/g,
    ':any/uuid',
  )
}
