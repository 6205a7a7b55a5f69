import {showEdn} from '../../values/edn-write.js'
import type {Keyword} from '../../values/scalars.js'
import {equal, type Value} from '../../values/types.js'
import {collectDatoms} from '../collect-datoms.js'
import type {Datom} from '../datom.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {type Id, type Operation, Unnamed} from './forms.js'
import {isCurrentTx, isTempid, requireEntity, shown} from './ids.js'
import {refusal} from './refusal.js'
import type {Transaction} from './transaction.js'

type Of<Op extends Operation['op']> = Extract<Operation, {op: Op}>

/** `[:db/add e a v]`. @throws ServerError `invalid-transaction` */
export function add(transaction: Transaction, {a, e, name, v}: Of<'add'>): void {
  const value = valueOf(transaction, a, v)
  if (value instanceof Unnamed) throw new Error('only a reference points to an entity without a name')
  transaction.add(entityOf(transaction, {e, name}, a, value), a, value)
}

/** A value as it would be stored, as far as the transaction itself names it. */
function valueOf(transaction: Transaction, a: Keyword, v: Id): Id {
  if (!transaction.db.attributes.isRef(a)) return v
  if (isCurrentTx(v)) return transaction.tx
  return isTempid(v) ? transaction.allocateValue(v) : v
}

/** Finds the entity that is meant. A tempid can turn out to be an existing entity. */
function entityOf(transaction: Transaction, {e, name}: Pick<Of<'add'>, 'e' | 'name'>, a: Keyword, v: Value): number {
  const known = transaction.findByIdentity(a, v)
  if (isTempid(e) && !isCurrentTx(e)) {
    if (known === undefined) return transaction.allocate(e)
    transaction.identify(e, known, `${a} ${showEdn(v)} is of entity ${known}`)
    return known
  }

  const found = isCurrentTx(e) ? transaction.tx : requireEntity(transaction.db, e)
  // A lookup ref or an ident means the entity that it names, even one of this transaction.
  if (known !== undefined && (typeof e === 'number' || isCurrentTx(e)))
    transaction.unify(found, known, name, `${a} ${showEdn(v)} is of entity ${known}`)
  return found
}

/** `[:db/retract e a v]`, or of all values of an attribute. Nothing happens when there is no such fact. */
export function* retract(
  transaction: Transaction,
  {a, e, v}: Of<'retract'>,
  execution: ExecutionContext,
): CooperativeTask<Operation[]> {
  const value = v === undefined ? undefined : valueOf(transaction, a, v)
  const id = existing(transaction, e)
  if (id === undefined) return []
  if (value === undefined)
    return yield* retractAll(transaction, yield* collectDatoms(transaction.db.scan(id, a), execution), execution)
  const isRef = transaction.db.attributes.isRef(a)
  const fact = transaction.db.first(id, a, isRef ? requireEntity(transaction.db, value) : (value as Value))
  if (fact) transaction.retract(fact)
  return []
}

/** `[:db/retractEntity e]`: all that is said of it, all that points to it, and its components with theirs. */
export function* retractEntity(
  transaction: Transaction,
  {e}: Of<'retract-entity'>,
  execution: ExecutionContext,
): CooperativeTask<Operation[]> {
  const id = existing(transaction, e)
  if (id === undefined) return []
  const {db} = transaction
  const own = yield* collectDatoms(db.scan(id), execution)
  const incoming: Datom[] = []
  for (const a of db.attributes.refs)
    for (const fact of yield* collectDatoms(db.scan(undefined, a, id), execution)) incoming.push(fact)
  const components = yield* retractAll(transaction, own, execution)
  for (const fact of incoming) {
    if (transaction.db.first(fact.e, fact.a, fact.v)) transaction.retract(fact)
    if (execution.shouldYield()) yield
  }

  return components
}

/**
 * `[:db/cas e a expected v]`: states a value if the one that is there is the one expected. As in Logseq, nil stands for
 * "no value" only where an attribute has one value, which is not an entity.
 */
export function compareAndSet(transaction: Transaction, {a, e, expected, v}: Of<'cas'>): void {
  const {attributes} = transaction.db
  const id = requireEntity(transaction.db, e)
  const isMany = attributes.isMany(a)
  if (expected === null && (isMany || attributes.isRef(a))) {
    const what = isMany ? 'holds many values' : 'refers to an entity'
    throw refusal('cas-failed', `${a} ${what}, and cannot be compared with nil: use :db/add`)
  }

  const entity = (value: Value) => (attributes.isRef(a) ? requireEntity(transaction.db, value) : value)
  const wanted = entity(expected)
  const stated = entity(v)
  const there = transaction.db.list(id, a).map((fact) => fact.v)
  const matches = there.length === 0 ? !isMany && wanted === null : there.some((value) => equal(value, wanted))
  if (!matches) {
    const found = there.length === 0 ? 'nothing' : showEdn(there.length === 1 ? there[0]! : there)
    throw refusal('cas-failed', `${a} of entity ${id} is ${found}, not ${showEdn(wanted)}`)
  }

  transaction.add(id, a, stated)
}

function existing(transaction: Transaction, e: Id): number | undefined {
  if (isTempid(e)) throw refusal('syntax', `${shown(e)} is a tempid, which has nothing to retract`)
  if (isCurrentTx(e)) return transaction.tx
  return e instanceof Unnamed ? undefined : transaction.db.entid(e)
}

/** @returns what is left to be done: the entities that were part of what is gone go with it */
function* retractAll(
  transaction: Transaction,
  facts: readonly Datom[],
  execution: ExecutionContext,
): CooperativeTask<Operation[]> {
  const {attributes} = transaction.db
  const components = facts.filter(({a}) => attributes.isComponent(a))
  for (const fact of facts) {
    transaction.retract(fact)
    if (execution.shouldYield()) yield
  }

  return components.map(({v}): Operation => ({e: v, op: 'retract-entity'}))
}
