import {ServerError} from '../../lib/errors.js'
import {showEdn} from '../../values/edn-write.js'
import type {Keyword} from '../../values/scalars.js'
import {equal, type Value} from '../../values/types.js'
import {compareEavt} from '../compare.js'
import {Datom, TX0} from '../datom.js'
import {avetRange} from '../index-ranges.js'
import {lastIn} from '../index/last.js'
import {EditToken} from '../index/node.js'
import {Schema} from '../schema.js'
import type {DatabaseFields, StoredDatabase} from '../stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import type {Id} from './forms.js'
import {isTempid, requireEntity, shown, type Tempid} from './ids.js'
import {refusal} from './refusal.js'
import {Tempids} from './tempids.js'

/** Rules for transactions, beyond those of the schema. */
export interface WriteRules {
  /** Throws if a fact may not be stated. */
  admit?(transaction: Transaction, e: number, a: Keyword, v: Value): void
  /** Throws when a fact that is not found in the index by value could be there nevertheless. */
  missing?(transaction: Transaction, a: Keyword): void
  /** Adds the facts of every transaction; throws if the result is not allowed. */
  beforeCommit?(transaction: Transaction, execution: ExecutionContext): CooperativeTask<void>
}

/** A state of a graph that is being changed. Each fact takes effect at once; nothing of it is seen outside. */
export class Transaction {
  readonly before: StoredDatabase
  readonly datoms: Datom[] = []
  readonly tx: number
  #db: StoredDatabase
  readonly #edit = new EditToken()
  /** The last id that was taken from a gap. */
  #filled: number | undefined
  /** Every id up to this one is in use, or set aside for a tempid. */
  #last: number
  readonly #rules: WriteRules
  #schemaCopied = false
  /** Entities with a statement in this transaction, new or known. */
  readonly #stated = new Set<number>()
  readonly #tempids: Tempids
  /** Entities that a tempid as a value stands for. */
  readonly #values = new Map<number, Tempid>()

  /** @param tempids what is known of them, from runs of the same transaction */
  constructor(before: StoredDatabase, rules: WriteRules = {}, tempids = Tempids.first()) {
    this.before = before
    this.tx = before.maxTx + 1
    this.#db = before
    this.#last = Math.max(before.maxEid, tempids.greatest)
    this.#rules = rules
    this.#tempids = tempids
  }

  /** The facts as they are by now. */
  get db(): StoredDatabase {
    return this.#db
  }

  /**
   * States a fact. A single value takes the place of the one before.
   * @param tx of a transaction that may be an earlier one
   */
  add(e: number, a: Keyword, given: Value, tx = this.tx): void {
    const v = this.#db.attributes.isRef(a) ? requireEntity(this.#db, given) : given
    this.#rules.admit?.(this, e, a, v)
    this.state(new Datom(e, a, v, tx))
  }

  /** As `add`, of a transaction that may be an earlier one, and under no rules. */
  state(datom: Datom): void {
    const {a, e, v} = datom
    this.#stated.add(e)
    const old = this.#db.attributes.isMany(a) ? this.#db.first(e, a, v) : this.#db.first(e, a)
    if (old && equal(old.v, v)) return
    if (old) this.retract(old)
    this.#insert(datom)
  }

  /** Retracts an existing fact. */
  retract(fact: Datom): void {
    const {a, e, v} = fact
    const {aevt, attributes, avet, eavt} = this.#db
    // It can be there although the attribute is not indexed any more.
    const left = avet.remove(fact, this.#edit)
    // And it can be missing although the attribute is: it was stated before that.
    if (attributes.isIndexed(a) && left === avet) this.#rules.missing?.(this, a)
    this.#change(new Datom(e, a, v, -this.tx), {
      aevt: removed(aevt.remove(fact, this.#edit), aevt, fact),
      avet: left,
      eavt: removed(eavt.remove(fact, this.#edit), eavt, fact),
    })
  }

  /** The entity of a tempid: a new one, when it has none yet. */
  allocate(tempid: Tempid): number {
    const known = this.#tempids.get(tempid)
    const e = known ?? this.#newEntity()
    this.#tempids.use(tempid, e, known === undefined)
    this.reach(e)
    return e
  }

  /** As `allocate`, for a tempid as a value: something must be said of that entity elsewhere. */
  allocateValue(tempid: Tempid): number {
    const e = this.allocate(tempid)
    this.#values.set(e, tempid)
    return e
  }

  /** Notes which entity a tempid turned out to be. @param why for the error, when it is another one already */
  identify(tempid: Tempid, e: number, why: string): void {
    this.#tempids.is(tempid, e, why)
    this.#tempids.use(tempid, e, false)
    this.#stated.add(e)
  }

  /**
   * Notes that one entity, if it has a name in this transaction, turned out to be another.
   * @param name the tempid that it was meant by, if it was one
   */
  unify(e: number, holder: number, name: Id | undefined, why: string): void {
    if (e !== holder && this.#tempids.isNamed(e)) this.#tempids.areSame(e, holder, why)
    else if (e === holder && name !== undefined && isTempid(name)) this.#tempids.is(name, e, why)
  }

  /** The entity that has this value of an attribute, if the attribute identifies entities. */
  findByIdentity(a: Keyword, v: Id): number | undefined {
    const {attributes} = this.#db
    if (!attributes.isUniqueIdentity(a)) return undefined
    if (!attributes.isRef(a)) return this.#db.first(undefined, a, v as Value)?.e
    if (isTempid(v)) return undefined
    const target = this.#db.entid(v)
    return target === undefined ? undefined : this.#db.first(undefined, a, target)?.e
  }

  /** An explicit number may be of an entity that is not there yet. */
  reach(e: number): void {
    if (e >= TX0) return
    if (e > this.#last) this.#last = e
    if (e > this.#db.maxEid) this.#db = this.#db.with({maxEid: e})
  }

  /** Ends it: everything that was named is there. @throws ServerError `invalid-transaction` */
  *finish(execution: ExecutionContext): CooperativeTask<StoredDatabase> {
    yield* this.#rules.beforeCommit?.(this, execution) ?? []
    for (const [e, tempid] of this.#values)
      if (!this.#stated.has(e))
        throw refusal('tempid-unused', `${shown(tempid)} is used as a reference, but nothing defines that tempid`)
    return this.#db.with({maxTx: this.tx})
  }

  /**
   * Returns an id that is not in use: the one after the greatest. If the last possible id is in use, because a program once made up a
   * number, it is a free one below.
   */
  #newEntity(): number {
    if (this.#last + 1 < TX0) return this.#last + 1
    this.#filled ??= Math.max(lastBelowGap(this.#db), this.#tempids.greatest)
    const e = this.#filled + 1
    if (e >= TX0 || this.#db.first(e)) throw refusal('not-supported', 'The graph has no room for more entities')
    this.#filled = e
    return e
  }

  #insert(datom: Datom): void {
    const {a, e, v} = datom
    const {aevt, attributes, avet, eavt} = this.#db
    if (attributes.isUnique(a)) {
      const holder = this.#db.first(undefined, a, v)
      if (holder) throw refusal('unique', `${a} must be unique, and entity ${holder.e} has ${showEdn(v)} already`)
    }

    this.#change(datom, {
      aevt: aevt.insert(datom, this.#edit),
      avet: attributes.isIndexed(a) ? avet.insert(datom, this.#edit) : avet,
      eavt: eavt.insert(datom, this.#edit),
    })
    this.reach(e)
  }

  #change(datom: Datom, trees: Partial<DatabaseFields>): void {
    this.#db = this.#db.with(trees)
    this.datoms.push(datom)
    if (Schema.isDescribing(datom.a)) this.#describe(datom)
  }

  #describe(datom: Datom): void {
    if (!this.#schemaCopied) this.#db = this.#db.with({attributes: this.#db.attributes.copy()})
    this.#schemaCopied = true
    const {attributes} = this.#db
    const attribute = attributes.attributeOf(datom)
    const wasIndexed = attribute && attributes.isIndexed(attribute)
    if (!attributes.apply(datom))
      throw refusal('not-supported', `The graph has no attribute for a fact of entity ${datom.e}`)
    if (attribute && !wasIndexed && attributes.isIndexed(attribute)) this.#dropStale(attribute)
  }

  /**
   * Clears the index by value for an attribute that is indexed from now on. Facts that went while it was not indexed, after a
   * time when it was, are in there still: DataScript leaves them.
   */
  #dropStale(attribute: Keyword): void {
    const {avet, eavt} = this.#db
    const cursor = avet.scan(avetRange(attribute))
    const stale: Datom[] = []
    for (let batch = cursor.next(); batch; batch = cursor.next())
      for (const datom of batch) if (!eavt.first((fact) => compareEavt(fact, datom))) stale.push(datom)
    let left = avet
    for (const datom of stale) left = left.remove(datom, this.#edit)
    this.#db = this.#db.with({avet: left})
  }
}

/** A fact that was read from one index must be in the other: if it cannot be found there, nothing must be written. */
function removed<T>(after: T, before: T, {a, e}: Datom): T {
  if (after !== before) return after
  throw new ServerError('graph-damaged', `a fact of entity ${e} and ${a} is in one index and not in another`)
}

/** The entity after which the last gap in the numbers begins; 0 if there is no gap. */
function lastBelowGap(db: StoredDatabase): number {
  for (let top = TX0 - 1; ; top--) {
    const last = lastIn(db.eavt, ({e}) => (e > top ? 1 : 0))
    if (last === undefined || last.e < top) return last?.e ?? 0
  }
}
