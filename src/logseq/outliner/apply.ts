import type {Database} from '../../engine/database.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {showEdn} from '../../values/edn-write.js'
import {present} from '../../values/present.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import type {Era} from '../era.js'
import {CALLED, fits, sequenceOf} from './arguments.js'
import {Draft, type Making} from './draft.js'
import {impossible} from './objections.js'
import type {Answer} from './operation.js'
import {OPERATIONS} from './operations.js'

const LOCAL = keyword('local-tx?')
const OUTLINER_OP = keyword('outliner-op')

/** Maximum number of operations of one call, and of blocks in all of them. */
const MAX_OPERATIONS = 1000
const MAX_BLOCKS = 50_000

/** Request of a client. */
interface Request {
  /** Older clients name blocks by their numbers. */
  era: Era
  /** A sequence of `[name [argument …]]`. */
  ops: Value
  /** Options that become the metadata of the transaction. */
  options: ValueMap
}

/** Result of operations. */
export interface Applied {
  /** Returns the answer of the call, read from the graph as it is then. */
  answer(after: Database): Value
  /** The data of one transaction; empty when nothing changes. */
  txData: readonly Value[]
  /** Metadata of that transaction. */
  txMeta: ValueMap
}

/**
 * Works out what operations on an outline make of a graph: each sees what those before it did, and all of them are one
 * transaction. Nothing is changed.
 * @throws ServerError `validation-error` or `invalid-transaction`; then nothing is to be written
 */
export function* applyOperations(
  db: StoredDatabase,
  {era, ops, options}: Request,
  making: Making,
  execution: ExecutionContext,
): CooperativeTask<Applied> {
  const calls = readOperations(ops, era)
  const draft = new Draft(db, making)
  let answer: Answer
  for (const {args, name} of calls) {
    const operation = present(OPERATIONS.get(name))
    const result = 'run' in operation ? yield* operation.run(draft, args, execution) : operation.act(draft, args)
    if (operation.answers && result !== undefined) answer = result
    if (execution.shouldYield()) yield
  }

  const txMeta = new ValueMap(options).set(LOCAL, true)
  if (!txMeta.has(OUTLINER_OP) && calls.length === 1) txMeta.set(OUTLINER_OP, keyword(calls[0]!.name))
  return {
    answer: (after) => (typeof answer === 'function' ? answer(after) : (answer ?? null)),
    txData: yield* draft.changes(execution),
    txMeta,
  }
}

interface Call {
  args: readonly Value[]
  name: string
}

function readOperations(ops: Value, era: Era): Call[] {
  const items = sequenceOf(ops)
  if (items === undefined) throw impossible(`ops: expected a vector of [name [argument ...]], got ${showEdn(ops)}`)
  if (items.length > MAX_OPERATIONS)
    throw impossible(`ops: expected at most ${MAX_OPERATIONS} operations, got ${items.length}`)
  const calls = items.map((item) => readOperation(item, era))
  const blocks = calls.reduce((sum, {args}) => sum + (sequenceOf(args[0])?.length ?? 0), 0)
  if (blocks > MAX_BLOCKS) throw impossible(`ops: expected at most ${MAX_BLOCKS} blocks, got ${blocks}`)
  return calls
}

function readOperation(item: Value, era: Era): Call {
  const [name, given] = sequenceOf(item) ?? []
  const operation = name instanceof Keyword ? OPERATIONS.get(name.fqn) : undefined
  if (typeof name === 'string' && OPERATIONS.has(name))
    throw impossible(`ops: expected the keyword :${name}, in JSON "~:${name}", got the string ${showEdn(name)}`)
  if (!(name instanceof Keyword) || operation === undefined)
    throw impossible(`ops: expected [name [argument ...]] with a known operation, got ${showEdn(item)}`)
  const args = [...(sequenceOf(given) ?? [])]
  const mayEnd = era === 'base' && operation.kinds.length === args.length + 1 && operation.kinds.at(-1) === 'map?'
  if (mayEnd) args.push(null)
  if (sequenceOf(given) === undefined || args.length !== operation.kinds.length) {
    const expected = operation.kinds.map((kind) => CALLED[kind]).join('; ')
    throw impossible(`${name}: expected ${operation.kinds.length} arguments (${expected}), got ${showEdn(item)}`)
  }

  for (const [i, kind] of operation.kinds.entries())
    if (!fits(kind, args[i]!, era))
      throw impossible(`argument ${i + 1} of ${name}: expected ${CALLED[kind]}, got ${showEdn(args[i]!)}`)
  return {args, name: name.fqn}
}
