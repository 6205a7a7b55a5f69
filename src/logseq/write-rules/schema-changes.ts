import {compareAvet} from '../../engine/compare.js'
import {DB} from '../../engine/idents.js'
import {mustBeUnused, Schema} from '../../engine/schema.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {refusal} from '../../engine/transact/refusal.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {Keyword} from '../../values/scalars.js'

/** Attributes that require a name and a cardinality. */
const COUNTED: ReadonlySet<Keyword> = new Set([DB.cardinality, DB.valueType])

/**
 * Facts stay where they were put when their attribute is indexed, made unique or turned into a reference later on. So
 * an attribute that has facts stays what it is; one that gets both in one transaction is declared first.
 * @throws ServerError `invalid-transaction`
 */
export function* validateSchemaChange(transaction: Transaction, execution: ExecutionContext): CooperativeTask<void> {
  const {before, db} = transaction
  for (const a of yield* changedAttributes(transaction, execution)) {
    if (execution.shouldYield()) yield
    if (!mustBeUnused(before.attributes.flags(a), db.attributes.flags(a))) continue
    if (!db.first(undefined, a)) continue
    if (before.first(undefined, a))
      throw refusal('schema-in-use', `The description of ${a} cannot change while it has values`)
    if (!isInOrder(db, a)) throw refusal('schema-in-use', `Describe ${a} before its first value`)
  }

  for (const {a, added, e} of transaction.datoms) if (added && COUNTED.has(a)) requireComplete(db, e)
}

/** As in Logseq: a description of an attribute's values needs a name and a cardinality. */
function requireComplete(db: StoredDatabase, e: number): void {
  if (!db.first(e, DB.valueType) && !db.first(e, DB.cardinality)) return
  const missing = [DB.ident, DB.cardinality].filter((a) => !db.first(e, a))
  if (missing.length > 0) throw refusal('syntax', `The attribute of entity ${e} lacks ${missing.join(' and ')}`)
}

/** The attributes whose description is changed. */
function* changedAttributes(
  {before, datoms, db}: Transaction,
  execution: ExecutionContext,
): CooperativeTask<Set<Keyword>> {
  const found = new Set<Keyword>()
  for (const {a, e, v} of datoms) {
    if (execution.shouldYield()) yield
    if (!Schema.isDescribing(a)) continue
    const idents = [v, before.first(e, DB.ident)?.v, db.first(e, DB.ident)?.v]
    for (const ident of a === DB.ident ? idents : idents.slice(1)) if (ident instanceof Keyword) found.add(ident)
  }

  return found
}

/** Returns true if all facts of this transaction are in the index by value, where they belong there. They are few. */
function isInOrder(db: StoredDatabase, a: Keyword): boolean {
  const facts = db.list(undefined, a)
  const inIndex = facts.filter((fact) => db.avet.first((datom) => compareAvet(datom, fact))).length
  return inIndex === (db.attributes.isIndexed(a) ? facts.length : 0)
}
