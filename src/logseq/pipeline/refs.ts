import type {Database} from '../../engine/database.js'
import {Datom} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {present} from '../../values/present.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {journalDayOf} from '../journal-title.js'
import {TITLE_REF} from '../title-refs.js'
import {Classes} from '../validity/entity.js'
import {isInternalPropertyIdent} from '../validity/idents.js'

const OUTLINER_OP = keyword('outliner-op')
const KEEPING: ReadonlySet<Value> = new Set([keyword('collapse-expand-blocks'), keyword('delete-blocks')])
const REPLAYING = [keyword('undo?'), keyword('redo?')]
const DATETIME = keyword('datetime')
const WITH_DAY: ReadonlySet<Keyword> = new Set([A.deadline, A.scheduled])

/** Returns true if a write with these options rebuilds references. Logseq does so for operations on an outline. */
export function rebuildsRefs(txMeta: Value): boolean {
  if (!(txMeta instanceof ValueMap)) return false
  const op = txMeta.get(OUTLINER_OP) ?? null
  return op !== null && !KEEPING.has(op) && !REPLAYING.some((key) => (txMeta.get(key) ?? false) !== false)
}

/** Works the references of each entity that was touched out anew. Those that were given with a block stay for now. */
export function* rebuildRefs(transaction: Transaction, execution: ExecutionContext): CooperativeTask<void> {
  const reader = new References(transaction.db)
  for (const e of new Set(transaction.datoms.map((datom) => datom.e))) {
    if (execution.shouldYield()) yield
    if (!transaction.db.first(e, A.uuid)) continue
    const refs = reader.of(e)
    for (const {v} of transaction.before.list(e, A.refs)) {
      const fact = refs.has(Number(v)) ? undefined : transaction.db.first(e, A.refs, v)
      if (fact) transaction.retract(fact)
    }

    for (const ref of refs) transaction.state(new Datom(e, A.refs, ref, transaction.tx))
  }
}

interface Known {
  e: number
  isPublic: boolean
  type: Value
}

/** Reads what entities refer to: in their titles, by their tags, and by visible properties. */
class References {
  readonly #classes: Classes
  readonly #db: Database
  readonly #properties = new Map<Keyword, Known | undefined>()

  constructor(db: Database) {
    this.#db = db
    this.#classes = new Classes(db)
  }

  of(e: number): Set<number> {
    const refs = new Set<number>()
    for (const {a, v} of this.#db.list(e)) {
      if (a === A.title && typeof v === 'string') this.#addMentions(refs, v)
      else if (a === A.link && typeof v === 'number') refs.add(v)
      else this.#addValue(refs, a, v)
    }

    for (const {v} of this.#db.list(e, A.alias)) refs.delete(Number(v))
    refs.delete(e)
    return refs
  }

  #addMentions(refs: Set<number>, title: string): void {
    if (!title.includes('[[')) return
    for (const [, uuid] of title.matchAll(TITLE_REF)) {
      const e = this.#db.first(undefined, A.uuid, new Uuid(present(uuid)))?.e
      if (e !== undefined) refs.add(e)
    }
  }

  #addValue(refs: Set<number>, a: Keyword, v: Value): void {
    const property = this.#property(a)
    if (property === undefined || !property.isPublic) return
    refs.add(property.e)
    if (typeof v !== 'number') return
    if (this.#db.attributes.isRef(a)) {
      if (this.#db.first(v, A.tags)) refs.add(v)
    } else if (property.type === DATETIME && (WITH_DAY.has(a) || !isInternalPropertyIdent(a))) {
      const day = journalDayOf(v)
      const pages = day === undefined ? [] : this.#db.list(undefined, A.journalDay, day)
      const journal = pages.find(({e}) => this.#classes.isTagged(e, 'Journal'))
      if (journal) refs.add(journal.e)
    }
  }

  #property(a: Keyword): Known | undefined {
    if (!this.#properties.has(a)) this.#properties.set(a, this.#read(a))
    return this.#properties.get(a)
  }

  #read(a: Keyword): Known | undefined {
    const e = this.#db.first(undefined, DB.ident, a)?.e
    if (e === undefined || !this.#classes.isTagged(e, 'Property')) return undefined
    const isHidden = this.#db.first(e, A.hide)?.v === true
    const said = this.#db.first(e, A.public)?.v
    return {
      e,
      isPublic: isInternalPropertyIdent(a) ? said === true && !isHidden : said !== false,
      type: this.#db.first(e, A.type)?.v ?? null,
    }
  }
}
