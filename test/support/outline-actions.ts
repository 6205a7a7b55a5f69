import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {type Keyword, keyword as k, Uuid} from '../../src/values/scalars.js'
import {type Value, ValueMap} from '../../src/values/types.js'

/** Numbers that look random, the same ones for the same seed. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    this.#state = (Math.imul(this.#state ^ (this.#state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0
    const mixed = Math.imul(this.#state ^ (this.#state >>> 13), 3_266_489_917) >>> 0
    return ((mixed ^ (mixed >>> 16)) >>> 0) % bound
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  truth(): boolean {
    return this.below(2) === 0
  }
}

const map = (entries: Record<string, Value>) =>
  new ValueMap(Object.entries(entries).map(([key, v]) => [k(key), v] as const))

const PROPERTIES = [
  ...['author', 'genre', 'link', 'note', 'notes', 'rating', 'read', 'ref', 'scores', 'when'].map(
    (name) => `user.property/${name}`,
  ),
  ...['deadline', 'priority', 'status'].map((name) => `logseq.property/${name}`),
]

/** Attributes that relate a page, class or property to others. */
const RELATIONS = ['block/alias', 'logseq.property.class/extends', 'logseq.property/template-applied-to']

const CLASSES = [
  ...['Book', 'Novel', 'Person'].map((name) => `user.class/${name}`),
  ...['Task', 'Page', 'Quote-block', 'Query', 'Code-block', 'Template', 'Card', 'Tag', 'Journal', 'Root'].map(
    (name) => `logseq.class/${name}`,
  ),
]

const TYPES = ['default', 'number', 'node', 'checkbox', 'url', 'date', 'datetime', 'asset', 'string', 'map']

type Maker = () => readonly [string, Value[]]

/** Makes operations on what is in a graph, and on a little that is not. */
export class RandomOperations {
  readonly #db: StoredDatabase
  readonly #dice: Dice
  readonly #uuid: () => Uuid

  constructor(db: StoredDatabase, dice: Dice, uuid: () => Uuid) {
    this.#db = db
    this.#dice = dice
    this.#uuid = uuid
  }

  /** Returns some operations, mostly one. */
  some(): Value[] {
    return Array.from({length: this.#dice.below(5) === 0 ? 2 + this.#dice.below(3) : 1}, () => this.#operation())
  }

  #operation(): Value {
    const [name, args] = this.#dice.one(this.#makers())()
    return [k(name), args]
  }

  #makers(): Maker[] {
    return [...this.#ofBlocks(), ...this.#ofPages(), ...this.#ofValues(), ...this.#ofDefinitions()]
  }

  #ofBlocks(): Maker[] {
    const dice = this.#dice
    const [block, node, nodes] = [() => this.#block(), () => this.#node(), () => this.#nodes()]
    const place = () => this.#place()
    return [
      () => ['insert-blocks', [this.#tree(), node(), place()]],
      () => ['insert-blocks', [this.#tree(), node(), place()]],
      () => ['insert-blocks', [this.#copies(), node(), place()]],
      () => ['save-block', [map({'block/uuid': node(), 'block/title': this.#title()}), null]],
      () => ['save-block', [map({'block/uuid': block(), 'block/collapsed?': dice.truth()}), null]],
      () => ['save-block', [map({'block/uuid': block(), 'block/tags': [this.#tag()]}), map({})]],
      () => ['save-block', [map({'block/uuid': block()}), map({'retract-attributes': [k('block/tags')]})]],
      () => ['save-block', [this.#mentioning(map({'block/uuid': block()})), null]],
      () => ['delete-blocks', [nodes(), null]],
      () => ['move-blocks', [nodes(), node(), place()]],
      () => ['move-blocks', [nodes(), node(), place()]],
      () => ['move-blocks', [[this.#page()], node(), place()]],
      () => ['move-blocks-up-down', [nodes(), dice.truth()]],
      () => ['indent-outdent-blocks', [nodes(), dice.truth(), map({'logical-outdenting?': dice.truth()})]],
      () => [
        'indent-outdent-blocks',
        [nodes(), false, map({'parent-original': map({'block/uuid': block()}), 'logical-outdenting?': dice.truth()})],
      ],
      () => [
        'collapse-expand-blocks',
        [nodes().map((uuid) => map({'block/uuid': uuid, 'block/collapsed?': dice.truth()})), null],
      ],
      () => ['collapse-expand-block-property', [block(), this.#property(), dice.truth()]],
      () => ['apply-template', [block(), node(), null]],
      () => ['apply-template', [block(), node(), place()]],
      () => ['toggle-reaction', [block(), dice.one(['+1', 'tada']), dice.truth() ? null : this.#page()]],
      () => ['transact', [[[k('db/add'), [k('block/uuid'), block()], k('block/collapsed?'), dice.truth()]], null]],
      () => ['transact', [[map({'block/uuid': this.#text(), 'block/title': this.#title()})], map({})]],
    ]
  }

  #ofPages(): Maker[] {
    const dice = this.#dice
    const [node, page] = [() => this.#node(), () => this.#page()]
    const recycled = () => this.#any((e) => this.#has(e, 'logseq.property/deleted-at'))
    return [
      () => ['create-page', [this.#name(), map({'class?': dice.below(5) === 0, 'split-namespace?': dice.truth()})]],
      () => ['create-page', [this.#name(), map({tags: [this.#tag()]})]],
      () => ['create-page', [this.#name(), map({uuid: this.#uuid(), 'journal?': dice.truth()})]],
      () => ['create-page', [this.#name(), null]],
      () => ['rename-page', [page(), this.#name()]],
      () => ['rename-page', [node(), this.#title()]],
      () => ['delete-page', [dice.below(3) === 0 ? node() : page(), null]],
      () => ['delete-page', [page(), map({'deleted-by-uuid': page(), 'now-ms': 5})]],
      () => ['restore-recycled', [recycled()]],
      () => ['restore-recycled', [node()]],
      () => ['recycle-delete-permanently', [recycled()]],
      () => ['batch-import-edn', [this.#imported(), null]],
    ]
  }

  #ofValues(): Maker[] {
    const dice = this.#dice
    const [node, nodes, property] = [() => this.#node(), () => this.#nodes(), () => this.#property()]
    return [
      () => ['set-block-property', [node(), property(), this.#value()]],
      () => ['set-block-property', [node(), k('block/tags'), this.#tag()]],
      () => ['set-block-property', [this.#page(), k(dice.one(RELATIONS)), this.#value()]],
      () => ['batch-set-property', [nodes(), property(), this.#value(), null]],
      () => ['batch-set-property', [nodes(), property(), this.#value(), map({'entity-id?': true})]],
      () => ['batch-set-property', [nodes(), k('block/tags'), this.#tag(), null]],
      () => ['batch-set-property', [[this.#page()], k(dice.one(RELATIONS)), this.#value(), null]],
      () => ['remove-block-property', [node(), property()]],
      () => ['remove-block-property', [node(), k(dice.one(RELATIONS))]],
      () => ['batch-remove-property', [nodes(), property()]],
      () => ['batch-remove-property', [nodes(), k('block/tags')]],
      () => ['delete-property-value', [node(), k('block/tags'), this.#tag()]],
      () => ['delete-property-value', [node(), property(), this.#value()]],
      () => ['batch-delete-property-value', [nodes(), k('block/tags'), this.#tag()]],
      () => ['batch-delete-property-value', [nodes(), property(), this.#ownValue()]],
      () => ['create-property-text-block', [node(), property(), this.#title(), map({})]],
      () => [
        'create-property-text-block',
        [
          dice.below(3) === 0 ? null : node(),
          property(),
          dice.one(['7', 'text', 'https://example.org']),
          map({'new-block-id': this.#uuid(), 'set-block-property?': dice.truth()}),
        ],
      ],
    ]
  }

  #ofDefinitions(): Maker[] {
    const dice = this.#dice
    const property = () => this.#property()
    const definition = () => map({'logseq.property/type': k(dice.one(TYPES))})
    const choice = () => this.#any((e) => this.#has(e, 'block/closed-value-property'))
    const value = () => this.#any((e) => this.#has(e, 'logseq.property/created-from-property'))
    const tagged = () => this.#any((e) => this.#isTagged(e, 'Tag'))
    return [
      () => ['upsert-property', [null, definition(), map({'property-name': this.#name()})]],
      () => ['upsert-property', [property(), map({'db/cardinality': k(dice.one(['one', 'many']))}), map({})]],
      () => ['upsert-property', [property(), definition(), map({'property-name': this.#name()})]],
      () => ['upsert-property', [property(), map({'logseq.property/public?': dice.truth()}), null]],
      () => ['upsert-closed-value', [property(), map({value: dice.truth() ? this.#title() : dice.below(9)})]],
      () => [
        'upsert-closed-value',
        [property(), map({id: choice(), value: dice.below(9), description: dice.one(['said', ''])})],
      ],
      () => ['delete-closed-value', [property(), choice()]],
      () => ['add-existing-values-to-closed-values', [property(), [value(), value()]]],
      () => ['class-add-property', [tagged(), property()]],
      () => ['class-remove-property', [tagged(), property()]],
    ]
  }

  #block(): Uuid {
    return this.#any((e) => this.#has(e, 'block/page') && !this.#isOwn(e))
  }

  /** A block with a title that any transaction may change. */
  #text(): Uuid {
    return this.#any((e) => this.#has(e, 'block/page') && !this.#has(e, 'logseq.property/value') && !this.#isOwn(e))
  }

  #page(): Uuid {
    return this.#any((e) => this.#has(e, 'block/name') && !this.#isOwn(e))
  }

  #node(): Uuid {
    return this.#dice.below(4) === 0 ? this.#page() : this.#block()
  }

  #nodes(): Uuid[] {
    return Array.from({length: 1 + this.#dice.below(3)}, () => this.#block())
  }

  #place(): ValueMap {
    const dice = this.#dice
    return map({
      [dice.one(['bottom?', 'sibling?', 'top?', 'x'])]: true,
      'keep-block-order?': dice.below(6) === 0,
      'keep-uuid?': dice.truth(),
      'replace-empty-target?': dice.below(4) === 0,
      'update-timestamps?': dice.below(6) > 0,
      ...(dice.below(6) === 0 && {'outliner-op': k('paste')}),
    })
  }

  #property(): Keyword {
    return k(this.#dice.one(PROPERTIES))
  }

  #tag(): Keyword {
    return k(this.#dice.one(CLASSES))
  }

  /** What an export of a page with a block looks like. */
  #imported(): ValueMap {
    const blocks = [map({'block/title': this.#title(), 'build/children': [map({'block/title': 'below'})]})]
    return map({'pages-and-blocks': [map({page: map({'block/title': this.#name()}), blocks})]})
  }

  /** Blocks that are in the graph already, as they are pasted. */
  #copies(): ValueMap[] {
    return this.#nodes().map((uuid) => map({'block/uuid': uuid, 'block/title': this.#title()}))
  }

  /** A block that mentions a page by name, as clients send one. */
  #mentioning(block: ValueMap): ValueMap {
    const [name, uuid] = [this.#name(), this.#uuid()]
    const type = this.#dice.one(['page', 'journal'])
    const page = map({'block/name': name.toLowerCase(), 'block/title': name, 'block/type': type, 'block/uuid': uuid})
    const isTag = this.#dice.below(3) === 0
    block.set(k('block/title'), `${isTag ? '#' : ''}[[${uuid.text}]]`)
    block.set(k('block/refs'), [page])
    if (isTag) block.set(k('block/tags'), [page])
    return block
  }

  /** A value that a property has somewhere. */
  #ownValue(): Value {
    const values = this.#db.list(undefined, this.#property())
    return values.length === 0 ? null : this.#dice.one(values).v
  }

  /** The UUID of any entity of a kind; now and then one of nobody. */
  #any(test: (e: number) => boolean): Uuid {
    const found = this.#db.list(undefined, k('block/uuid')).filter(({e}) => test(e))
    return found.length === 0 || this.#dice.below(40) === 0 ? this.#uuid() : (this.#dice.one(found).v as Uuid)
  }

  #has(e: number, a: string): boolean {
    return this.#db.first(e, k(a)) !== undefined
  }

  #isOwn(e: number): boolean {
    return this.#dice.below(20) > 0 && this.#has(e, 'logseq.property/built-in?')
  }

  #isTagged(e: number, name: string): boolean {
    const tag = this.#db.first(undefined, k('db/ident'), k(`logseq.class/${name}`))!.e
    return this.#db.first(e, k('block/tags'), tag) !== undefined
  }

  #name(): string {
    return this.#dice.one([
      'Alpha',
      'Alpha/Gamma',
      'Notes',
      'Delta',
      'Delta/Epsilon/Zeta',
      'Jan 20th, 2026',
      'Eta',
      'Theta',
      'a#b',
      ' ',
    ])
  }

  #title(): string {
    const mention = () => `[[${this.#any((e) => this.#has(e, 'block/title')).text}]]`
    return this.#dice.one([
      () => 'plain',
      () => '',
      () => `see ${mention()}`,
      () => `${mention()} and ${mention()}`,
      () => `#${mention()}`,
      () => `## ${mention()} #tag ((x))`,
    ])()
  }

  #tree(): Value[] {
    const blocks: ValueMap[] = []
    for (let i = 1 + this.#dice.below(5); i > 0; i--) {
      const block = map({'block/uuid': this.#uuid(), 'block/title': this.#title()})
      if (blocks.length > 0 && this.#dice.truth())
        block.set(k('block/parent'), [k('block/uuid'), this.#dice.one(blocks).get(k('block/uuid'))!])
      blocks.push(block)
    }

    return blocks
  }

  #value(): Value {
    const entity = () => this.#dice.one(this.#db.list(undefined, k('block/uuid')).slice(-80)).e
    return this.#dice.one<() => Value>([
      () => null,
      () => this.#title(),
      () => this.#dice.below(4),
      () => 2.5,
      () => this.#dice.truth(),
      () => 'https://example.org/a',
      () => 'Science',
      () => Date.UTC(2026, 0, 10),
      () => k('logseq.property/status.doing'),
      () => k('logseq.property/empty-placeholder'),
      entity,
      () => [this.#title(), 'x'],
    ])()
  }
}

/** What operations are told as, when they break something. */
export function shownOperations(calls: readonly (readonly Value[])[]): string {
  return calls.map((ops) => writeEdn(ops)).join('\n')
}
