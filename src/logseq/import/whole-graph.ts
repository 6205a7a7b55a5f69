import {forEachBatch} from '../../engine/collect-datoms.js'
import {Datom, TX0} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import {Schema} from '../../engine/schema.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Transaction} from '../../engine/transact/transaction.js'
import {showEdn} from '../../values/edn-write.js'
import {Keyword} from '../../values/scalars.js'
import {List, type Value, type ValueMap} from '../../values/types.js'
import {OWN_SETTINGS} from '../export/graph-datoms.js'
import {K} from '../export/keys.js'
import {collect} from '../scans.js'
import {requireStorable} from '../storable/values.js'
import {judgeAll} from '../validity/check.js'
import type {Verdict} from '../validity/judge.js'
import {illFormed, ImportRefused, validationProblem} from './refusal.js'

/** One fact of an export. Logseq's has no transactions. */
export type Fact = readonly [e: number, a: Keyword, v: Value, tx?: number]

/** Returns true for the export of a whole graph, fact by fact. */
export function isWholeGraph(map: ValueMap): boolean {
  return map.get(K.graphFormat) === K.datoms
}

/**
 * Reads the facts of the export of a whole graph.
 * @throws ImportRefused
 */
export function* readFacts(map: ValueMap, execution: ExecutionContext): CooperativeTask<Fact[]> {
  const given = map.get(K.datoms)
  const items = given instanceof List ? given.items : given
  if (!Array.isArray(items)) throw illFormed(':datoms', 'a vector of [e a v]')
  const facts: Fact[] = []
  for (const item of items as readonly Value[]) {
    if (execution.shouldYield()) yield
    execution.reserveRows(1)
    facts.push(factOf(item))
  }

  return facts
}

/** Reads one fact. @throws ImportRefused */
export function factOf(item: Value): Fact {
  const [e, a, v, tx] = Array.isArray(item) ? (item as readonly Value[]) : []
  const isEntity = typeof e === 'number' && Number.isInteger(e) && e > 0 && e < TX0
  const isTx = tx === undefined || (typeof tx === 'number' && Number.isSafeInteger(tx) && tx > TX0)
  if (!isEntity || !isTx || !(a instanceof Keyword) || v === undefined || v === null)
    throw illFormed(':datoms', `[e a v], got ${showEdn(item)}`)
  return tx === undefined ? [e, a, v] : [e, a, v, tx]
}

/** A graph that is made of facts, and those of its entities that Logseq would not accept. */
interface MadeGraph {
  graph: StoredDatabase
  verdicts: readonly Verdict[]
}

/**
 * Makes a graph of the facts of an export. What belongs to one copy of a graph, such as its id, stays that of the graph whose
 * place it takes.
 * @throws ServerError `invalid-transaction` for facts that no graph may have
 */
export function* judgedGraphOf(
  facts: readonly Fact[],
  before: StoredDatabase,
  empty: StoredDatabase,
  execution: ExecutionContext,
): CooperativeTask<MadeGraph> {
  let {maxTx} = empty
  for (const fact of facts) maxTx = Math.max(maxTx, fact[3] ?? 0)
  const transaction = new Transaction(empty.with({maxTx}), {admit: ({db}, _, a, v) => requireStorable(db, a, v)})
  // What describes an attribute comes first: the others are stored as it says.
  for (const describing of [true, false]) {
    for (const [e, a, v, tx] of facts) {
      if (execution.shouldYield()) yield
      if (Schema.isDescribing(a) !== describing) continue
      execution.reserveRows(1)
      transaction.add(e, a, v, tx)
    }
  }

  keepOwnSettings(transaction, before)
  const graph = yield* transaction.finish(execution)
  return {graph, verdicts: yield* judgeAll(graph, {}, execution)}
}

/**
 * Makes a graph as `judgedGraphOf` does.
 * @throws ImportRefused when entities are not valid, too
 */
export function* graphOf(...made: Parameters<typeof judgedGraphOf>): CooperativeTask<StoredDatabase> {
  const {graph, verdicts} = yield* judgedGraphOf(...made)
  if (verdicts.length === 0) return graph
  throw new ImportRefused(validationProblem(verdicts.length), {isAnswer: true})
}

function keepOwnSettings(transaction: Transaction, before: StoredDatabase): void {
  let next = transaction.db.maxEid + 1
  for (const ident of OWN_SETTINGS) {
    const own = before.first(undefined, DB.ident, ident)?.e
    if (own === undefined || transaction.db.first(undefined, DB.ident, ident)) continue
    const e = transaction.db.first(own) ? next++ : own
    for (const {a, v} of before.list(own)) transaction.state(new Datom(e, a, v, transaction.tx))
    next = Math.max(next, transaction.db.maxEid + 1)
  }
}

/** Lists what two graphs have different: what is only in the first, retracted, then what is only in the second. */
export function* differences(
  before: StoredDatabase,
  after: StoredDatabase,
  execution: ExecutionContext,
): CooperativeTask<Datom[]> {
  const gone = yield* missingFrom(after, before, execution)
  const come = yield* missingFrom(before, after, execution)
  const tx = after.maxTx
  return [...gone.map(({a, e, v}) => new Datom(e, a, v, -tx)), ...come.map(({a, e, v}) => new Datom(e, a, v, tx))]
}

function* missingFrom(
  one: StoredDatabase,
  other: StoredDatabase,
  execution: ExecutionContext,
): CooperativeTask<Datom[]> {
  return yield* collect(other.scan(undefined), execution, (datom) =>
    one.first(datom.e, datom.a, datom.v) ? undefined : datom,
  )
}

/** Counts the entities of which something is said. */
export function* countEntities(db: StoredDatabase, execution: ExecutionContext): CooperativeTask<number> {
  let [count, last] = [0, 0]
  yield* forEachBatch(db.scan(undefined), execution, (batch) => {
    for (const {e} of batch) if (e !== last) [count, last] = [count + 1, e]
  })
  return count
}
