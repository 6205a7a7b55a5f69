import {Datom} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import {avetRange} from '../../engine/index-ranges.js'
import {lastIn} from '../../engine/index/last.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {type Operation, Unnamed} from '../../engine/transact/forms.js'
import {retractEntity} from '../../engine/transact/operations.js'
import {transact} from '../../engine/transact/transact.js'
import {Transaction} from '../../engine/transact/transaction.js'
import {Keyword, keyword, type Uuid} from '../../values/scalars.js'
import {equal, keyOf, type Value} from '../../values/types.js'
import {A} from '../attributes.js'
import {orderBetween} from '../order-keys.js'
import {type Child, ChildLists} from './child-lists.js'

/** Source of values from outside the graph, for operations. */
export interface Making {
  /** Returns the text after the name in a new ident. */
  ending(): string
  /** In ms since 1970. */
  now: number
  uuid(): Uuid
}

const ADD = keyword('db/add')
const RETRACT = keyword('db/retract')

/**
 * A private copy of a graph that operations change, each seeing what those before it did. What comes of it is the data of
 * one transaction.
 */
export class Draft {
  readonly before: StoredDatabase
  readonly making: Making
  readonly #childLists: ChildLists
  readonly #classes = new Map<string, number | undefined>()
  #made = 0
  readonly #transaction: Transaction

  /** @param transaction one that is under way, when the draft is of what it has come to */
  constructor(before: StoredDatabase, making: Making, transaction = new Transaction(before)) {
    this.before = before
    this.making = making
    this.#transaction = transaction
    this.#childLists = new ChildLists(transaction)
  }

  get db(): StoredDatabase {
    return this.#transaction.db
  }

  get now(): number {
    return this.making.now
  }

  /** Returns the single value of an attribute. */
  value(e: number, a: Keyword): undefined | Value {
    return this.db.first(e, a)?.v
  }

  /** Returns the entity that an attribute refers to. */
  ref(e: number, a: Keyword): number | undefined {
    const v = this.value(e, a)
    return typeof v === 'number' ? v : undefined
  }

  /** Returns the text of an attribute; undefined when it has none. */
  text(e: number, a: Keyword): string | undefined {
    const v = this.value(e, a)
    return typeof v === 'string' ? v : undefined
  }

  /** Returns all values of an attribute. */
  values(e: number, a: Keyword): Value[] {
    return this.db.list(e, a).map(({v}) => v)
  }

  /** Returns the entities that an attribute of many values refers to. */
  refs(e: number, a: Keyword): number[] {
    return this.values(e, a).filter((v) => typeof v === 'number')
  }

  /** Returns the entities that refer to one by an attribute. */
  owners(a: Keyword, e: Value): number[] {
    return this.db.list(undefined, a, e).map((datom) => datom.e)
  }

  /** Returns all that is under an entity, in its order, with values of properties and choices. */
  childList(parent: number, execution: ExecutionContext): CooperativeTask<readonly Child[]> {
    return this.#childLists.of(parent, execution)
  }

  has(e: number, a: Keyword, v?: Value): boolean {
    return this.db.first(e, a, v) !== undefined
  }

  byUuid(uuid: Uuid): number | undefined {
    return this.db.first(undefined, A.uuid, uuid)?.e
  }

  byIdent(ident: Keyword): number | undefined {
    return this.db.first(undefined, DB.ident, ident)?.e
  }

  identOf(e: number): Keyword | undefined {
    const v = this.value(e, DB.ident)
    return v instanceof Keyword ? v : undefined
  }

  /** Returns the entity of one of Logseq's own classes; undefined in a graph that is older than the class. */
  classId(name: string): number | undefined {
    if (!this.#classes.has(name)) this.#classes.set(name, this.byIdent(keyword(`logseq.class/${name}`)))
    return this.#classes.get(name)
  }

  /** Returns true if an entity is tagged with one of Logseq's own classes. */
  isTagged(e: number, name: string): boolean {
    const id = this.classId(name)
    return id !== undefined && this.has(e, A.tags, id)
  }

  /** States a fact. A single value takes the place of the one before. */
  set(e: number, a: Keyword, v: Value): void {
    this.#transaction.state(new Datom(e, a, v, this.#transaction.tx))
  }

  /** Takes back one value of an attribute, or all. */
  drop(e: number, a: Keyword, v?: Value): void {
    for (const fact of this.db.list(e, a)) if (v === undefined || equal(fact.v, v)) this.#transaction.retract(fact)
  }

  /** Makes an entity with these facts. @param facts an undefined value says nothing */
  create(facts: Iterable<readonly [Keyword, undefined | Value]>): number {
    const e = this.#transaction.allocate(new Unnamed(this.#made++))
    for (const [a, v] of facts) if (v !== undefined) this.set(e, a, v)
    return e
  }

  /** Takes an entity away, with all that refers to it. */
  *remove(e: number, execution: ExecutionContext): CooperativeTask<void> {
    const stack: Operation[] = [{e, op: 'retract-entity'}]
    for (let next = stack.pop(); next; next = stack.pop())
      if (next.op === 'retract-entity')
        for (const left of yield* retractEntity(this.#transaction, next, execution)) stack.push(left)
  }

  /** Applies the data of a transaction. */
  *transact(data: Value, execution: ExecutionContext): CooperativeTask<void> {
    const {txData} = yield* transact(this.db, data, execution)
    for (const datom of txData) {
      if (execution.shouldYield()) yield
      if (datom.added) this.set(datom.e, datom.a, datom.v)
      else this.drop(datom.e, datom.a, datom.v)
    }
  }

  /** Returns a key behind all order keys of the graph. */
  lastOrder(): string {
    const last = lastIn(this.db.avet, avetRange(A.order))?.v
    return orderBetween(typeof last === 'string' ? last : null, null)
  }

  /** Returns what is different in the end, as the data of a transaction: what goes first, then what comes. */
  *changes(execution: ExecutionContext): CooperativeTask<Value[]> {
    const retracted: Value[] = []
    const added: Value[] = []
    const seen = new Set<string>()
    for (const {a, e, v} of this.#transaction.datoms) {
      if (execution.shouldYield()) yield
      const key = `${e} ${a.fqn} ${typeof v} ${String(keyOf(v))}`
      if (seen.has(key)) continue
      seen.add(key)
      const [was, is] = [this.before.first(e, a, v) !== undefined, this.db.first(e, a, v) !== undefined]
      if (was && !is) retracted.push([RETRACT, e, a, v])
      if (is && !was) added.push([ADD, e, a, v])
    }

    return [...retracted, ...added]
  }
}
