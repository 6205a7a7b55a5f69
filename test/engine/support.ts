import {compareAevt, compareAvet, compareEavt} from '../../src/engine/compare.js'
import {type Datom, TX0} from '../../src/engine/datom.js'
import {Tree} from '../../src/engine/index/tree.js'
import {Schema} from '../../src/engine/schema.js'
import {StoredDatabase} from '../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import {transact, type TxReport} from '../../src/engine/transact/transact.js'
import type {WriteRules} from '../../src/engine/transact/transaction.js'
import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {Keyword, keyword} from '../../src/values/scalars.js'
import {type Value, ValueMap} from '../../src/values/types.js'

/** Nothing is stored: whatever would be loaded is a mistake of the test. */
export const NOWHERE = {
  load(address: number): never {
    throw new Error(`there is no node ${address}`)
  },
}

/** A graph in memory with nothing in it. @param schema EDN, as Logseq stores a schema */
export function emptyFacts(schema: string): StoredDatabase {
  return new StoredDatabase({
    aevt: Tree.empty(compareAevt, NOWHERE),
    attributes: Schema.of(readEdn(schema) as ValueMap),
    avet: Tree.empty(compareAvet, NOWHERE),
    eavt: Tree.empty(compareEavt, NOWHERE),
    maxEid: 0,
    maxTx: TX0,
  })
}

/** Runs a transaction in EDN. */
export function run(db: StoredDatabase, data: string | Value, rules?: WriteRules): TxReport {
  return runSync(transact(db, typeof data === 'string' ? readEdn(data) : data, NO_LIMITS, rules))
}

/** Facts as lines: `1 :name "a" +1`, the transaction counted from the first. */
export function lines(datoms: Iterable<Datom>): string[] {
  return Array.from(datoms, ({a, e, tx, v}) => `${e} ${a} ${writeEdn(v)} ${tx > 0 ? '+' : '-'}${Math.abs(tx) - TX0}`)
}

/** All facts of a graph, without their transactions: `1 :name "a"`. */
export function facts(db: StoredDatabase): string[] {
  return db.list(undefined).map(({a, e, v}) => `${e} ${a} ${writeEdn(v)}`)
}

/** Do the three indexes hold the same facts, each in its order? @returns what is wrong */
export function disorder(db: StoredDatabase): string[] {
  const eavt = all(db.eavt)
  const problems: string[] = []
  const trees = [
    ['eavt', db.eavt, compareEavt, eavt],
    ['aevt', db.aevt, compareAevt, eavt],
    ['avet', db.avet, compareAvet, eavt.filter(({a}) => db.attributes.isIndexed(a))],
  ] as const
  for (const [name, tree, compare, expected] of trees) {
    const found = all(tree)
    if (found.length !== tree.count) problems.push(`${name} counts ${tree.count} and holds ${found.length}`)
    const sorted = [...expected].sort(compare)
    if (found.length !== sorted.length || found.some((datom, i) => compare(datom, sorted[i]!) !== 0))
      problems.push(`${name} is not what eavt is`)
  }

  return problems
}

export function all(tree: Tree): Datom[] {
  const found: Datom[] = []
  const cursor = tree.scan(() => 0)
  for (let batch = cursor.next(); batch; batch = cursor.next()) found.push(...batch)
  return found
}

/** The `reason` of the refusal that this comes to. */
export function reasonOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    const {code, details} = error as {code?: string; details?: {reason?: unknown}}
    if (code === undefined) throw error
    return details?.reason ?? code
  }

  return 'accepted'
}

export const k = (fqn: string): Keyword => keyword(fqn)
