import {List, type Value} from '../../values/types.js'
import type {Datom} from '../datom.js'
import type {Facts} from '../facts.js'
import type {Pace, Task} from '../task.js'
import {expandEntity} from './entity.js'
import {type Operation, readOperation, Unnamed} from './forms.js'
import type {Tempid} from './ids.js'
import {add, compareAndSet, retract, retractEntity} from './operations.js'
import {refusal} from './refusal.js'
import {Retry, type Rules, Transaction} from './transaction.js'

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
  const known = new Map<Tempid, number>()
  const unnamed: Unnamed[] = []
  for (;;) {
    const transaction = new Transaction(db, rules, known)
    try {
      return yield* run(transaction, items, unnamed, pace)
    } catch (error) {
      if (!(error instanceof Retry)) throw error
      pace.hold(-transaction.datoms.length)
      if (known.has(error.tempid)) throw refusal('conflicting-upsert', 'A tempid stands for two entities')
      known.set(error.tempid, error.e)
    }
  }
}

/** @param unnamed entities without a name, the same ones at each try */
function* run(transaction: Transaction, items: readonly Value[], unnamed: Unnamed[], pace: Pace): Task<TxReport> {
  let used = 0
  const nextUnnamed = () => {
    if (used === unnamed.length) unnamed.push(new Unnamed(used))
    return unnamed[used++]!
  }

  let held = 0
  for (const item of items) {
    const operation = readOperation(item)
    const stack = operation ? [operation] : []
    for (let next = stack.pop(); next; next = stack.pop()) {
      const left = yield* perform(transaction, next, nextUnnamed, pace)
      for (let i = left.length - 1; i >= 0; i--) stack.push(left[i]!)
      pace.hold(transaction.datoms.length - held)
      held = transaction.datoms.length
      if (pace.due()) yield
    }
  }

  const after = yield* transaction.finish(pace)
  const tempids = [...transaction.tempids].filter(
    (entry): entry is [number | string, number] => !(entry[0] instanceof Unnamed),
  )
  return {after, before: transaction.before, tempids: new Map(tempids), txData: transaction.datoms}
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
