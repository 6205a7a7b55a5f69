import {compareAevt, compareAvet, compareEavt} from '../../engine/compare.js'
import type {NodeSource} from '../../engine/index/node.js'
import {Tree} from '../../engine/index/tree.js'
import {checkFile, type FileCheck} from '../../engine/integrity/whole-file.js'
import {Schema} from '../../engine/schema.js'
import {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Transaction} from '../../engine/transact/transaction.js'
import {messageOf, ServerError} from '../../lib/errors.js'
import {ValueMap} from '../../values/types.js'
import {ImportRefused} from '../import/refusal.js'
import {readClosedGraph} from './closed-graph.js'

/** Nodes of a graph that is being made are in memory: nothing of it is stored yet. */
const IN_MEMORY: NodeSource = {
  load(address) {
    throw new Error(`the graph that is imported has no stored node ${address}`)
  },
}

/**
 * Makes a graph of a database file, fact by fact. The file is checked whole before, and not changed.
 * @throws ImportRefused when the file is not a sound graph
 */
export function* graphOfFile(
  path: string,
  before: StoredDatabase,
  execution: ExecutionContext,
  check: FileCheck = checkFile,
): CooperativeTask<StoredDatabase> {
  const [problem] = (yield* check(path, execution)).problems
  if (problem) throw new ImportRefused(`it is not a sound database of a graph: ${problem.what}`)
  try {
    return yield* readClosedGraph(path, (db) => copyFacts(db, Math.max(before.maxTx, db.maxTx), execution))
  } catch (error) {
    // Damage of this file is not damage of the graph that is open.
    const isOther = error instanceof ServerError && !error.code.startsWith('graph-')
    throw isOther ? error : new ImportRefused(`it cannot be read: ${messageOf(error)}`)
  }
}

function* copyFacts(
  source: StoredDatabase,
  maxTx: number,
  execution: ExecutionContext,
): CooperativeTask<StoredDatabase> {
  const transaction = new Transaction(
    new StoredDatabase({
      aevt: Tree.empty(compareAevt, IN_MEMORY),
      attributes: Schema.of(new ValueMap(source.schema)),
      avet: Tree.empty(compareAvet, IN_MEMORY),
      eavt: Tree.empty(compareEavt, IN_MEMORY),
      maxEid: source.maxEid,
      maxTx,
    }),
  )
  const cursor = source.scan(undefined)
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    execution.reserveRows(batch.length)
    for (const datom of batch) transaction.state(datom)
    if (execution.shouldYield()) yield
  }

  return yield* transaction.finish(execution)
}
