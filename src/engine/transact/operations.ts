import {showEdn} from '../../values/edn-write.js'
import {equal, type Value} from '../../values/types.js'
import {all} from '../collect.js'
import type {Datom} from '../datom.js'
import type {Pace, Task} from '../task.js'
import {type Id, type Operation, Unnamed} from './forms.js'
import {isCurrentTx, isTempid, requireEntity} from './ids.js'
import {refusal} from './refusal.js'
import {Retry, type Transaction} from './transaction.js'

type Of<Op extends Operation['op']> = Extract<Operation, {op: Op}>

/** `[:db/add e a v]`. @throws ServerError `invalid-transaction`, Retry */
export function add(transaction: Transaction, {a, e, v}: Of<'add'>): void {
  const value = valueOf(transaction, a, v)
  transaction.add(entityOf(transaction, e, a, value), a, value)
}

function valueOf(transaction: Transaction, a: Of<'add'>['a'], v: Id): Value {
  if (transaction.db.attributes.isRef(a)) {
    if (isCurrentTx(v)) return transaction.tx
    if (isTempid(v)) return transaction.allocateValue(v)
  }

  if (v instanceof Unnamed) throw new Error('only a reference points to an entity without a name')
  return v
}

/** Which entity is meant: a tempid can turn out to be one that is there already. */
function entityOf(transaction: Transaction, e: Id, a: Of<'add'>['a'], v: Value): number {
  if (isCurrentTx(e)) return transaction.tx
  const identifies = transaction.db.attributes.isUniqueIdentity(a)
  const known = identifies ? transaction.findByIdentity(a, v) : undefined
  if (isTempid(e)) {
    if (known === undefined) return transaction.allocate(e)
    transaction.identify(e, known)
    return known
  }

  const found = requireEntity(transaction.db, e)
  // Who is meant by a lookup ref or an ident is who it says, be it made in this transaction.
  const tempid = typeof e === 'number' ? transaction.nameOf(found) : undefined
  if (tempid !== undefined && known !== undefined && known !== found) throw new Retry(tempid, known)
  return found
}

/** `[:db/retract e a v]`, or of all values of an attribute. Nothing happens when there is no such fact. */
export function* retract(transaction: Transaction, {a, e, v}: Of<'retract'>, pace: Pace): Task<Operation[]> {
  const id = existing(transaction, e)
  if (id === undefined) return []
  if (v === undefined) return yield* retractAll(transaction, yield* all(transaction.db.scan(id, a), pace), pace)
  const isRef = transaction.db.attributes.isRef(a)
  const fact = transaction.db.first(id, a, isRef ? requireEntity(transaction.db, v) : v)
  if (fact) transaction.retract(fact)
  return []
}

/** `[:db/retractEntity e]`: all that is said of it, all that points to it, and its components with theirs. */
export function* retractEntity(transaction: Transaction, {e}: Of<'retract-entity'>, pace: Pace): Task<Operation[]> {
  const id = existing(transaction, e)
  if (id === undefined) return []
  const {db} = transaction
  const own = yield* all(db.scan(id), pace)
  const incoming: Datom[] = []
  for (const a of db.attributes.refs)
    for (const fact of yield* all(db.scan(undefined, a, id), pace)) incoming.push(fact)
  const components = yield* retractAll(transaction, own, pace)
  for (const fact of incoming) {
    if (transaction.db.first(fact.e, fact.a, fact.v)) transaction.retract(fact)
    if (pace.due()) yield
  }

  return components
}

/** `[:db/cas e a expected v]`: states a value if the one that is there is the one expected. */
export function compareAndSet(transaction: Transaction, {a, e, expected, v}: Of<'cas'>): void {
  const id = requireEntity(transaction.db, e)
  const entity = (value: Value) =>
    transaction.db.attributes.isRef(a) && value !== null ? requireEntity(transaction.db, value) : value
  const wanted = entity(expected)
  const there = transaction.db.list(id, a).map((fact) => fact.v)
  const matches = there.length === 0 ? wanted === null : there.some((value) => equal(value, wanted))
  if (!matches) {
    const found = there.length === 0 ? 'nothing' : showEdn(there.length === 1 ? there[0]! : there)
    throw refusal('cas-failed', `${a} of entity ${id} is ${found}, not ${showEdn(wanted)}`)
  }

  transaction.add(id, a, entity(v))
}

function existing(transaction: Transaction, e: Id): number | undefined {
  if (isTempid(e)) throw refusal('syntax', `${String(e)} is a tempid, and can have nothing to retract`)
  return e instanceof Unnamed ? undefined : transaction.db.entid(e)
}

/** @returns what is left to be done: the entities that were part of what is gone go with it */
function* retractAll(transaction: Transaction, facts: readonly Datom[], pace: Pace): Task<Operation[]> {
  const {attributes} = transaction.db
  const components = facts.filter(({a}) => attributes.isComponent(a))
  for (const fact of facts) {
    transaction.retract(fact)
    if (pace.due()) yield
  }

  return components.map(({v}): Operation => ({e: v, op: 'retract-entity'}))
}
