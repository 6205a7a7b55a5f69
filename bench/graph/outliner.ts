import {randomUUID} from 'node:crypto'

import type {CooperativeTask, ExecutionContext} from '../../src/engine/task.js'
import {applyOperations} from '../../src/logseq/outliner/apply.js'
import {keyword, Uuid} from '../../src/values/scalars.js'
import {type Value, ValueMap} from '../../src/values/types.js'
import {median} from '../measure.js'
import type {Figure} from '../report.js'
import type {Held} from './held.js'
import {Random} from './random.js'

const TIMEOUT_MS = 60_000
const WARM_UP = 50
const k = keyword

/** A block at the end of a page, as an operation on the outline and as raw facts, in turns. Both are on disk when they return. */
export async function compareInserts({connection, scheduler}: Held, rounds: number): Promise<Figure> {
  const random = new Random(3)
  const pages = connection.db.list(undefined, k('block/name')).filter(({e}) => connection.db.first(e, k('block/uuid')))
  const [operations, raw]: [number[], number[]] = [[], []]
  const run = (txData: (execution: ExecutionContext) => CooperativeTask<{data: Value; meta: Value}>) =>
    scheduler.run(
      function* (execution) {
        const {data, meta} = yield* txData(execution)
        return yield* connection.transact(data, execution, meta)
      },
      {timeoutMs: TIMEOUT_MS, writes: true},
    )
  for (let round = -WARM_UP; round < rounds; round++) {
    const page = random.pick(pages).e
    const uuid = connection.db.first(page, k('block/uuid'))!.v
    const began = performance.now()
    await run(function* (execution) {
      const block = map({'block/title': `inserted ${round}`, 'block/uuid': new Uuid(randomUUID())})
      const ops = [[k('insert-blocks'), [[block], uuid, map({'bottom?': true, 'keep-uuid?': true})]]]
      const making = {ending: () => '', now: Date.now(), uuid: () => new Uuid(randomUUID())}
      const request = {era: 'head' as const, ops, options: new ValueMap()}
      const {txData, txMeta} = yield* applyOperations(connection.db, request, making, execution)
      return {data: txData, meta: txMeta}
    })
    const between = performance.now()
    await run(function* (execution) {
      if (execution.shouldYield()) yield
      return {data: [facts(page, round)], meta: null}
    })
    const ended = performance.now()
    if (round < 0) continue
    operations.push(between - began)
    raw.push(ended - between)
  }

  return {
    bound: 3,
    measured: median(operations) / median(raw),
    unit: 'x a raw write of the same facts',
    what: 'an outliner insert of one block, on disk',
  }
}

function facts(page: number, round: number): ValueMap {
  return map({
    'block/created-at': Date.now(),
    'block/order': `b${String(10 + (Math.abs(round) % 80))}`,
    'block/page': page,
    'block/parent': page,
    'block/title': `inserted ${round}`,
    'block/updated-at': Date.now(),
    'block/uuid': new Uuid(randomUUID()),
  })
}

function map(entries: Record<string, Value>): ValueMap {
  return new ValueMap(Object.entries(entries).map(([key, value]) => [k(key), value] as const))
}
