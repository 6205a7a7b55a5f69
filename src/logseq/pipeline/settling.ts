import {Datom} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import {avetRange} from '../../engine/index-ranges.js'
import {lastIn} from '../../engine/index/last.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {present} from '../../values/present.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {equal, type Value} from '../../values/types.js'
import {keyValue} from '../find-page.js'
import {blockName, newIdent, randomEnding} from '../names.js'
import {orderBetween} from '../order-keys.js'
import {Classes} from '../validity/entity.js'
import {addEntity} from './history.js'

const BUILT_IN = keyword('logseq.property/built-in?')
const COMMENTED = keyword('logseq.property.comments/blocks')
const CREATED_FROM = keyword('logseq.property/created-from-property')
const DISPLAY_TYPE = keyword('logseq.property.node/display-type')
const EXTENDS = keyword('logseq.property.class/extends')
const LANGUAGE = keyword('logseq.property.code/lang')
const LAST_LANGUAGE = keyword('logseq.kv/latest-code-lang')
const NAME = keyword('block/name')
const ORDER = keyword('block/order')
const PAGE = keyword('block/page')
const PARENT = keyword('block/parent')
const TAGS = keyword('block/tags')
const TITLE = keyword('block/title')
const UUID = keyword('block/uuid')
const QUERY = keyword('logseq.property/query')
const LIBRARY = 'library'

/** Attributes of built-in entities that no write changes. */
const KEPT = [DB.cardinality, DB.ident, NAME, TITLE, UUID, BUILT_IN, EXTENDS, keyword('logseq.property/type')]

/** The built-in classes that a class of a user may extend. */
const EXTENDABLE = new Set(['Root', 'Page', 'Property', 'Task', 'Card'])

/** The tags of blocks that are shown in a way of their own, with how. */
const DISPLAYS = [
  ['Code-block', keyword('code')],
  ['Math-block', keyword('math')],
  ['Quote-block', keyword('quote')],
] as const

/** Settles the entities of a transaction one by one: each method is a rule of Logseq. */
export class Settling {
  readonly #before: Classes
  readonly #classes: Classes
  readonly #now: number
  readonly #tx: Transaction

  constructor(transaction: Transaction, now: number) {
    this.#now = now
    this.#tx = transaction
    this.#before = new Classes(transaction.before)
    this.#classes = new Classes(transaction.before)
  }

  /** Applies the rules to an entity, in Logseq's order. */
  settle(e: number): void {
    if (this.#value(e, BUILT_IN, 'before') === true) this.#keepBuiltIn(e)
    this.#dropBuiltInPages(e)
    this.#limitExtends(e)
    this.#becomeClass(e)
    this.#dropPageTag(e)
    this.#moveToLibrary(e)
    this.#becomePage(e)
    this.#becomeBlock(e)
    this.#display(e)
    this.#keepLanguage(e)
    this.#addQuery(e)
    this.#commentParent(e)
  }

  /** A block that is inserted without an order goes behind all others. */
  placeLast(e: number): void {
    const isNew = this.#tx.before.first(e, UUID) === undefined
    if (isNew && this.#value(e, ORDER) === undefined) this.#state(e, ORDER, this.#lastOrder())
  }

  /** Only what is changed is put back: what is retracted is judged. */
  #keepBuiltIn(e: number): void {
    const {before, db} = this.#tx
    for (const a of KEPT) {
      const [old, now] = [before.list(e, a), db.list(e, a)]
      if (old.length === 0 || now.length === 0) continue
      for (const datom of now) if (!old.some(({v}) => equal(v, datom.v))) this.#tx.retract(datom)
      for (const {v} of old) this.#state(e, a, v)
    }
  }

  /** A page of Logseq's own is not a tag. */
  #dropBuiltInPages(e: number): void {
    for (const tag of this.#added(e, TAGS)) {
      const target = Number(tag)
      if (this.#value(target, BUILT_IN) === true && !this.#isTagged(target, 'Tag')) this.#retract(e, TAGS, tag)
    }
  }

  /** A class of a user extends few of Logseq's own: it keeps what it extended before, or extends the root. */
  #limitExtends(e: number): void {
    if (this.#value(e, BUILT_IN) === true) return
    const wrong = this.#added(e, EXTENDS).filter((parent) => {
      const ident = this.#value(Number(parent), DB.ident)
      const isOurs = this.#value(Number(parent), BUILT_IN) === true && ident instanceof Keyword
      return isOurs && !EXTENDABLE.has(ident.name)
    })
    if (wrong.length === 0) return
    for (const parent of wrong) this.#retract(e, EXTENDS, parent)
    if (this.#value(e, EXTENDS) !== undefined) return
    const former = this.#value(e, EXTENDS, 'before') ?? this.#classes.id('Root')
    if (former !== undefined) this.#state(e, EXTENDS, former)
  }

  /** A page that is tagged as a class becomes one; a block cannot. */
  #becomeClass(e: number): void {
    if (!this.#gets(e, 'Tag') || this.#value(e, DB.ident) !== undefined) return
    const tag = present(this.#classes.id('Tag'))
    if (this.#value(e, PAGE) !== undefined) return this.#retract(e, TAGS, tag)
    const title = this.#value(e, TITLE)
    if (typeof title !== 'string') return
    this.#state(e, DB.ident, newIdent(this.#tx.db, 'class', title, randomEnding()))
    const root = this.#classes.id('Root')
    if (!this.#tx.db.first(e, EXTENDS) && root !== undefined) this.#state(e, EXTENDS, root)
  }

  /** A class, a property or a journal is not a plain page as well. */
  #dropPageTag(e: number): void {
    const page = this.#classes.id('Page')
    const isOther = ['Tag', 'Property', 'Journal', 'Whiteboard'].some((name) => this.#isTagged(e, name))
    const isNew = this.#added(e, TAGS).length > 0
    if (page !== undefined && isOther && isNew && this.#isTagged(e, 'Page')) this.#retract(e, TAGS, page)
  }

  /** A block in the Library is a page; the value of a property of the Library is not. */
  #moveToLibrary(e: number): void {
    if (this.#value(e, CREATED_FROM) !== undefined) return
    const parent = this.#value(e, PARENT)
    if (parent === undefined || parent === this.#value(e, PARENT, 'before') || parent !== this.#library()) return
    const page = this.#classes.id('Page')
    if (page !== undefined && !this.#isPage(e)) this.#state(e, TAGS, page)
  }

  /** Turns a block that was tagged as a page into a page. */
  #becomePage(e: number): void {
    if (!this.#gets(e, 'Page') || this.#before.isPage(e)) return
    const title = this.#titleOfPage(e)
    if (title !== undefined) this.#state(e, NAME, blockName(title))
    const page = this.#value(e, PAGE)
    if (page !== undefined) this.#retract(e, PAGE, page)
    this.#takeAlong(e, e)
    const parent = this.#value(e, PARENT)
    const library = this.#library()
    if (typeof parent !== 'number' || parent === library || library === undefined) return
    if (!this.#isPage(parent) || this.#value(parent, PARENT) !== undefined) return
    // A class, a property or a page of Logseq itself stands under nothing.
    if (this.#value(parent, DB.ident) !== undefined || this.#value(parent, BUILT_IN) === true) return
    this.#state(parent, PARENT, library)
    this.#state(parent, ORDER, this.#lastOrder())
  }

  /** The tag that makes a block a page is not in its title any more. */
  #titleOfPage(e: number): string | undefined {
    const title = this.#value(e, TITLE)
    const tag = this.#value(present(this.#classes.id('Page')), UUID)
    if (typeof title !== 'string') return undefined
    const mention = tag instanceof Uuid ? `#[[${tag.text}]]` : ''
    if (mention === '' || !title.includes(mention)) return title
    const without = title.replaceAll(mention, '').trim()
    this.#state(e, TITLE, without)
    return without
  }

  /** A page under another that is not a page any more is a block of that. */
  #becomeBlock(e: number): void {
    const page = this.#classes.id('Page')
    const wasPage = page !== undefined && this.#tx.before.first(e, TAGS, page) !== undefined
    if (!wasPage || this.#isPage(e)) return
    const above = this.#pageAbove(e)
    if (above === undefined) return
    const name = this.#value(e, NAME)
    if (name !== undefined) this.#retract(e, NAME, name)
    this.#state(e, PAGE, above)
    this.#takeAlong(e, above)
  }

  /** Sets the new page of all blocks below, after a block became a page or a page became a block. */
  #takeAlong(top: number, page: number): void {
    const seen = new Set([top])
    for (const e of seen) {
      for (const {e: below} of this.#tx.db.list(undefined, PARENT, e)) {
        if (seen.has(below) || this.#value(below, PAGE) === undefined) continue
        seen.add(below)
        this.#state(below, PAGE, page)
      }
    }
  }

  /** Blocks of code, formulas and quotations have a tag, and say so. */
  #display(e: number): void {
    for (const [name, type] of DISPLAYS) {
      const tag = this.#classes.id(name)
      if (tag === undefined) continue
      const shown = this.#value(e, DISPLAY_TYPE)
      if (this.#gets(e, name) && shown === undefined) this.#state(e, DISPLAY_TYPE, type)
      else if (shown === type && this.#value(e, DISPLAY_TYPE, 'before') !== type && !this.#isTagged(e, name))
        this.#state(e, TAGS, tag)
      else if (shown === type && this.#before.isTagged(e, name) && !this.#isTagged(e, name))
        this.#retract(e, DISPLAY_TYPE, type)
    }
  }

  /** A new block of code is in the language of the last one. */
  #keepLanguage(e: number): void {
    if (!this.#gets(e, 'Code-block') || this.#value(e, LANGUAGE) !== undefined) return
    const last = keyValue(this.#tx.db, LAST_LANGUAGE)
    if (typeof last === 'string') this.#state(e, LANGUAGE, last)
  }

  /** Comments are about the block that they stand under. */
  #commentParent(e: number): void {
    const parent = this.#value(e, PARENT)
    if (!this.#gets(e, 'Comments') || parent === undefined || this.#value(e, COMMENTED) !== undefined) return
    this.#state(e, COMMENTED, parent)
  }

  /** A query block has a block for its query. */
  #addQuery(e: number): void {
    const query = this.#tx.db.first(undefined, DB.ident, QUERY)?.e
    if (!this.#gets(e, 'Query') || query === undefined || this.#value(e, QUERY) !== undefined) return
    const block = addEntity(this.#tx, this.#now, [
      [TITLE, ''],
      [ORDER, this.#lastOrder()],
      [PAGE, this.#value(e, PAGE) ?? e],
      [PARENT, e],
      [CREATED_FROM, query],
    ])
    this.#state(e, QUERY, block)
  }

  #pageAbove(e: number): number | undefined {
    const seen = new Set<number>()
    for (let at = this.#value(e, PARENT); typeof at === 'number' && !seen.has(at); at = this.#value(at, PARENT)) {
      if (this.#isPage(at)) return at
      seen.add(at)
    }

    return undefined
  }

  #library(): number | undefined {
    return this.#tx.db.list(undefined, NAME, LIBRARY).find(({e}) => this.#value(e, BUILT_IN) === true)?.e
  }

  #lastOrder(): string {
    const last = lastIn(this.#tx.db.avet, avetRange(ORDER))?.v
    return orderBetween(typeof last === 'string' ? last : null, null)
  }

  /** Returns true if this write tags an entity with one of Logseq's classes. */
  #gets(e: number, name: string): boolean {
    return this.#isTagged(e, name) && !this.#before.isTagged(e, name)
  }

  #isTagged(e: number, name: string): boolean {
    const id = this.#classes.id(name)
    return id !== undefined && this.#tx.db.first(e, TAGS, id) !== undefined
  }

  #isPage(e: number): boolean {
    return ['Page', 'Journal', 'Tag', 'Property'].some((name) => this.#isTagged(e, name))
  }

  #added(e: number, a: Keyword): Value[] {
    return this.#tx.db
      .list(e, a)
      .map(({v}) => v)
      .filter((v) => !this.#tx.before.first(e, a, v))
  }

  #value(e: number, a: Keyword, when: 'before' | 'now' = 'now'): undefined | Value {
    return (when === 'now' ? this.#tx.db : this.#tx.before).first(e, a)?.v
  }

  #state(e: number, a: Keyword, v: Value): void {
    this.#tx.state(new Datom(e, a, v, this.#tx.tx))
  }

  #retract(e: number, a: Keyword, v: Value): void {
    const fact = this.#tx.db.first(e, a, v)
    if (fact) this.#tx.retract(fact)
  }
}
