import {showEdn} from '../../values/edn-write.js'
import {List, type Value} from '../../values/types.js'
import type {Datom} from '../datom.js'
import type {StoredDatabase} from '../stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {expandEntity} from './entity.js'
import {type Operation, readOperation, Unnamed} from './forms.js'
import {add, compareAndSet, retract, retractEntity} from './operations.js'
import {isRefusal, refusal, withForm} from './refusal.js'
import {Retry, Tempids} from './tempids.js'
import {Transaction, type WriteRules} from './transaction.js'

/** Result of a transaction. */
export interface TxReport {
  after: StoredDatabase
  before: StoredDatabase
  /** The entities that tempids of the data turned out to be. */
  tempids: ReadonlyMap<Value, number>
  /** The facts that were added, and those that were retracted, in order. */
  txData: Datom[]
}

/**
 * Applies a transaction to a state of a graph, as Logseq's DataScript does. The given state does not change: the result is
 * another state.
 * @param txData a list or vector of maps and operations
 * @throws ServerError `invalid-transaction`
 */
export function* transact(
  db: StoredDatabase,
  txData: Value,
  execution: ExecutionContext,
  rules: WriteRules = {},
): CooperativeTask<TxReport> {
  const items = itemsOf(txData)
  const unnamed: Unnamed[] = []
  let tempids = Tempids.first()
  let held = 0
  const counting: ExecutionContext = {
    shouldYield: () => execution.shouldYield(),
    reserveRows(rows) {
      held += rows
      execution.reserveRows(rows)
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
    counting.reserveRows(-held)
  }
}

/** @param unnamed entities without a name, the same ones at each run */
function* run(
  transaction: Transaction,
  items: readonly Value[],
  unnamed: Unnamed[],
  execution: ExecutionContext,
): CooperativeTask<void> {
  let used = 0
  const nextUnnamed = () => {
    if (used === unnamed.length) unnamed.push(new Unnamed(used))
    return unnamed[used++]!
  }

  for (const item of items) {
    try {
      yield* runItem(transaction, item, nextUnnamed, execution)
    } catch (error) {
      throw isRefusal(error) ? withForm(error, item) : error
    }
  }
}

function* runItem(
  transaction: Transaction,
  item: Value,
  unnamed: () => Unnamed,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const operation = readOperation(item)
  const stack = operation ? [operation] : []
  for (let next = stack.pop(); next; next = stack.pop()) {
    const held = transaction.datoms.length
    const left = yield* perform(transaction, next, unnamed, execution)
    for (let i = left.length - 1; i >= 0; i--) stack.push(left[i]!)
    execution.reserveRows(transaction.datoms.length - held)
    if (execution.shouldYield()) yield
  }
}

function* finish(transaction: Transaction, tempids: Tempids, execution: ExecutionContext): CooperativeTask<TxReport> {
  const after = yield* transaction.finish(execution)
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
  execution: ExecutionContext,
): CooperativeTask<readonly Operation[]> {
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
      return yield* retract(transaction, operation, execution)
    case 'retract-entity':
      return yield* retractEntity(transaction, operation, execution)
  }
}

function itemsOf(txData: Value): readonly Value[] {
  const items = txData instanceof List ? txData.items : txData
  if (Array.isArray(items)) return items as readonly Value[]
  throw refusal(
    'syntax',
    `expected a vector of maps and operations as the data of a transaction, got ${showEdn(txData)}`,
  )
}
