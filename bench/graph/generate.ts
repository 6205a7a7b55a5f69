import {compareAevt, compareAvet, compareEavt} from '../../src/engine/compare.js'
import {Datom} from '../../src/engine/datom.js'
import type {NodeSource} from '../../src/engine/index/node.js'
import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import {transact} from '../../src/engine/transact/transact.js'
import {newGraph} from '../../src/logseq/new-graph/new-graph.js'
import {keyword, Uuid} from '../../src/values/scalars.js'
import {type Value, ValueMap} from '../../src/values/types.js'
import {buildTree} from '../../test/support/build-tree.js'
import {Random} from './random.js'

const k = keyword

/** Everything happened on these days. */
const BEGIN = Date.UTC(2025, 0, 1)
const DAY = 86_400_000

const TAGS = 20
const PROPERTIES = 10
const STATUSES = ['todo', 'doing', 'done', 'backlog'].map((name) => k(`logseq.property/status.${name}`))
const WORDS =
  'time people graph note idea plan week review draft book paper call project design query block page link tag meeting'.split(
    ' ',
  )

const tagIdent = (i: number) => k(`user.class/tag${i}`)
const propertyIdent = (i: number) => k(`user.property/field${i}`)

/**
 * Makes a graph such as people have: pages, journals, blocks in trees below them, tags, properties, tasks, references.
 * The same seed makes the same graph.
 * @param datoms about so many facts, those of every new graph included
 * @param source of the stored nodes of its trees
 */
export function generate(datoms: number, seed: number, source: NodeSource): StoredDatabase {
  const random = new Random(seed)
  const start = withOwnAttributes(newGraph({now: BEGIN, uuid: random.uuid()}, source), random)
  const facts = [...all(start)]
  const writer = new Writer(start, random)
  const pages = Array.from({length: Math.ceil(datoms / 200)}, (_, i) => writer.page(i))
  while (facts.length + writer.facts.length < datoms) writer.tree(random.pick(pages), pages)
  for (const fact of writer.facts) facts.push(fact)
  const indexed = facts.filter(({a}) => start.attributes.isIndexed(a))
  return start.with({
    aevt: buildTree(facts.sort(compareAevt), compareAevt, source),
    avet: buildTree(indexed.sort(compareAvet), compareAvet, source),
    eavt: buildTree(facts.toSorted(compareEavt), compareEavt, source),
    maxEid: writer.lastEntity,
    maxTx: writer.tx,
  })
}

/** Tags and properties go in by a transaction, for they change the schema. */
function withOwnAttributes(graph: StoredDatabase, random: Random): StoredDatabase {
  const made = (title: string, ident: Value, tag: string): [Value, Value][] => [
    [k('db/ident'), ident],
    [k('block/uuid'), new Uuid(random.uuid())],
    [k('block/title'), title],
    [k('block/name'), title.toLowerCase()],
    [k('block/created-at'), BEGIN],
    [k('block/updated-at'), BEGIN],
    [k('block/tags'), k(tag)],
  ]
  const tags = Array.from({length: TAGS}, (_, i) => new ValueMap(made(`Tag ${i}`, tagIdent(i), 'logseq.class/Tag')))
  const properties = Array.from(
    {length: PROPERTIES},
    (_, i) =>
      new ValueMap(made(`Field ${i}`, propertyIdent(i), 'logseq.class/Property'))
        .set(k('db/cardinality'), k(i % 3 === 0 ? 'db.cardinality/many' : 'db.cardinality/one'))
        .set(k('db/index'), true)
        .set(k('logseq.property/type'), k('datetime')), // a number
  )
  return runSync(transact(graph, [...tags, ...properties], NO_LIMITS)).after
}

function* all(graph: StoredDatabase): Generator<Datom> {
  const cursor = graph.scan(undefined)
  for (let batch = cursor.next(); batch; batch = cursor.next()) yield* batch
}

/** Writes facts as Logseq's outliner would have left them. */
class Writer {
  readonly facts: Datom[] = []
  lastEntity: number
  tx: number
  readonly #ids: {journal: number; page: number; statuses: number[]; tags: number[]; task: number}
  readonly #random: Random
  #written = 0

  constructor(graph: StoredDatabase, random: Random) {
    const id = (ident: Value) => graph.entid(ident) as number
    this.lastEntity = graph.maxEid
    this.tx = graph.maxTx
    this.#random = random
    this.#ids = {
      journal: id(k('logseq.class/Journal')),
      page: id(k('logseq.class/Page')),
      statuses: STATUSES.map((status) => id(status)),
      tags: Array.from({length: TAGS}, (_, i) => id(tagIdent(i))),
      task: id(k('logseq.class/Task')),
    }
  }

  /** Every third page is a journal. */
  page(i: number): number {
    const day = new Date(BEGIN + i * DAY)
    const isJournal = i % 3 === 0
    const title = isJournal ? day.toISOString().slice(0, 10) : `Page ${i} ${this.#random.pick(WORDS)}`
    const e = this.#entity(title)
    this.#add(e, 'block/name', title.toLowerCase())
    this.#add(e, 'block/tags', isJournal ? this.#ids.journal : this.#ids.page)
    if (isJournal) this.#add(e, 'block/journal-day', Number(title.replaceAll('-', '')))
    return e
  }

  /** A dozen blocks or so on a page, one below the other here and there. */
  tree(page: number, pages: readonly number[]): void {
    const parents = [page]
    for (let i = this.#random.below(24); i >= 0; i--) {
      const block = this.#block(page, this.#random.pick(parents), i)
      if (this.#random.below(3) === 0) parents.push(block)
      this.#decorate(block, pages)
    }
  }

  #block(page: number, parent: number, i: number): number {
    const words = Array.from({length: 3 + this.#random.below(12)}, () => this.#random.pick(WORDS))
    const e = this.#entity(words.join(' '))
    this.#add(e, 'block/page', page)
    this.#add(e, 'block/parent', parent)
    this.#add(e, 'block/order', `a${i.toString(36)}${this.#random.below(1296).toString(36)}V`)
    return e
  }

  #decorate(e: number, pages: readonly number[]): void {
    if (this.#random.below(4) === 0) this.#add(e, 'block/refs', pages[this.#random.skewed(pages.length)] as number)
    if (this.#random.below(5) === 0) this.#add(e, 'block/tags', this.#ids.tags[this.#random.skewed(TAGS)] as number)
    if (this.#random.below(6) === 0) {
      this.#add(e, 'block/tags', this.#ids.task)
      this.#add(e, 'logseq.property/status', this.#random.pick(this.#ids.statuses))
    }

    if (this.#random.below(8) === 0)
      this.#add(e, propertyIdent(this.#random.below(PROPERTIES)).fqn, this.#random.below(1000))
  }

  #entity(title: string): number {
    const e = ++this.lastEntity
    // A person writes a few blocks in a transaction.
    if (this.#written++ % 4 === 0) this.tx++
    const time = BEGIN + this.#random.below(500) * DAY
    this.#add(e, 'block/uuid', new Uuid(this.#random.uuid()))
    this.#add(e, 'block/title', title)
    this.#add(e, 'block/created-at', time)
    this.#add(e, 'block/updated-at', time + this.#random.below(DAY))
    return e
  }

  #add(e: number, attribute: string, value: Value): void {
    this.facts.push(new Datom(e, k(attribute), value, this.tx))
  }
}
