import {List, type Value} from '../../values/types.js'
import type {Datom} from '../datom.js'
import type {Facts} from '../facts.js'
import type {Pace, Task} from '../task.js'
import {expandEntity} from './entity.js'
import {type Operation, readOperation, Unnamed} from './forms.js'
import {add, compareAndSet, retract, retractEntity} from './operations.js'
import {isRefusal, refusal, withForm} from './refusal.js'
import {Retry, Tempids} from './tempids.js'
import {type Rules, Transaction} from './transaction.js'

/** What a transaction did. */
export interface TxReport {
  after: Facts
  before: Facts
  /** The entities that tempids of the data turned out to be. */
  tempids: ReadonlyMap<Value, number>
  /** The facts that were added, and those that were retracted, in order. */
  txData: Datom[]
}

/**
 * Works out what a transaction makes of a graph, as Logseq's DataScript does. Nothing is changed: the outcome is
 * another state.
 * @param txData a list or vector of maps and operations
 * @throws ServerError `invalid-transaction`
 */
export function* transact(db: Facts, txData: Value, pace: Pace, rules: Rules = {}): Task<TxReport> {
  const items = itemsOf(txData)
  const unnamed: Unnamed[] = []
  let tempids = Tempids.first()
  let held = 0
  const counting: Pace = {
    due: () => pace.due(),
    hold(rows) {
      held += rows
      pace.hold(rows)
    },
  }
  for (;;) {
    const transaction = new Transaction(db, rules, tempids)
    let failure: unknown
    try {
      yield* run(transaction, items, unnamed, counting)
      if (!tempids.isMistaken) {
        const report = yield* finish(transaction, tempids, counting)
        if (tempids.next(false) === undefined) return report
      }
    } catch (error) {
      if (!isRefusal(error) && !(error instanceof Retry)) throw error
      failure = error
    }

    const next = tempids.next(failure !== undefined)
    if (next === undefined) throw failure
    tempids = next
    counting.hold(-held)
  }
}

/** @param unnamed entities without a name, the same ones at each run */
function* run(transaction: Transaction, items: readonly Value[], unnamed: Unnamed[], pace: Pace): Task<void> {
  let used = 0
  const nextUnnamed = () => {
    if (used === unnamed.length) unnamed.push(new Unnamed(used))
    return unnamed[used++]!
  }

  for (const item of items) {
    try {
      yield* runItem(transaction, item, nextUnnamed, pace)
    } catch (error) {
      throw isRefusal(error) ? withForm(error, item) : error
    }
  }
}

function* runItem(transaction: Transaction, item: Value, unnamed: () => Unnamed, pace: Pace): Task<void> {
  const operation = readOperation(item)
  const stack = operation ? [operation] : []
  for (let next = stack.pop(); next; next = stack.pop()) {
    const held = transaction.datoms.length
    const left = yield* perform(transaction, next, unnamed, pace)
    for (let i = left.length - 1; i >= 0; i--) stack.push(left[i]!)
    pace.hold(transaction.datoms.length - held)
    if (pace.due()) yield
  }
}

function* finish(transaction: Transaction, tempids: Tempids, pace: Pace): Task<TxReport> {
  const after = yield* transaction.finish(pace)
  const named = [...tempids.entities].filter(
    (entry): entry is [number | string, number] => !(entry[0] instanceof Unnamed),
  )
  return {after, before: transaction.before, tempids: new Map(named), txData: transaction.datoms}
}

/** @returns what it leaves to be done next */
function* perform(
  transaction: Transaction,
  operation: Operation,
  unnamed: () => Unnamed,
  pace: Pace,
): Task<readonly Operation[]> {
  switch (operation.op) {
    case 'add':
      add(transaction, operation)
      return []
    case 'cas':
      compareAndSet(transaction, operation)
      return []
    case 'entity':
      return expandEntity(transaction, operation, unnamed)
    case 'retract':
      return yield* retract(transaction, operation, pace)
    case 'retract-entity':
      return yield* retractEntity(transaction, operation, pace)
  }
}

function itemsOf(txData: Value): readonly Value[] {
  const items = txData instanceof List ? txData.items : txData
  if (Array.isArray(items)) return items as readonly Value[]
  throw refusal('syntax', 'The data of a transaction is a vector of maps and operations')
}
