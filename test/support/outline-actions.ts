import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {keyword as k, Uuid} from '../../src/values/scalars.js'
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

  #makers(): (() => readonly [string, Value[]])[] {
    const dice = this.#dice
    const block = () => this.#any((e) => this.#has(e, 'block/page') && !this.#isOwn(e))
    const page = () => this.#any((e) => this.#has(e, 'block/name') && !this.#isOwn(e))
    const node = () => (dice.below(4) === 0 ? page() : block())
    const nodes = () => Array.from({length: 1 + dice.below(3)}, () => block())
    const place = () =>
      map({
        [dice.one(['bottom?', 'sibling?', 'top?', 'x'])]: true,
        'keep-uuid?': dice.truth(),
        'replace-empty-target?': dice.below(4) === 0,
      })
    const property = () => k(dice.one(PROPERTIES))
    const tag = () =>
      dice.one<Value>([
        k('user.class/Book'),
        k('user.class/Person'),
        k('logseq.class/Task'),
        k('logseq.class/Page'),
        k('logseq.class/Quote-block'),
        k('logseq.class/Query'),
      ])
    return [
      () => ['insert-blocks', [this.#tree(), node(), place()]],
      () => ['insert-blocks', [this.#tree(), node(), place()]],
      () => ['save-block', [map({'block/uuid': node(), 'block/title': this.#title()}), null]],
      () => ['save-block', [map({'block/uuid': block(), 'block/collapsed?': dice.truth()}), null]],
      () => ['delete-blocks', [nodes(), null]],
      () => ['move-blocks', [nodes(), node(), place()]],
      () => ['move-blocks', [nodes(), node(), place()]],
      () => ['move-blocks-up-down', [nodes(), dice.truth()]],
      () => ['indent-outdent-blocks', [nodes(), dice.truth(), map({'logical-outdenting?': dice.truth()})]],
      () => ['create-page', [this.#name(), map({'class?': dice.below(5) === 0, 'split-namespace?': dice.truth()})]],
      () => ['rename-page', [page(), this.#name()]],
      () => ['delete-page', [dice.below(3) === 0 ? node() : page(), null]],
      () => ['restore-recycled', [this.#any((e) => this.#has(e, 'logseq.property/deleted-at'))]],
      () => ['recycle-delete-permanently', [this.#any((e) => this.#has(e, 'logseq.property/deleted-at'))]],
      () => ['set-block-property', [node(), property(), this.#value()]],
      () => ['batch-set-property', [nodes(), property(), this.#value(), null]],
      () => ['batch-set-property', [nodes(), k('block/tags'), tag(), null]],
      () => ['remove-block-property', [node(), property()]],
      () => ['batch-remove-property', [nodes(), property()]],
      () => ['delete-property-value', [node(), k('block/tags'), tag()]],
      () => [
        'upsert-property',
        [
          null,
          map({'logseq.property/type': k(dice.one(['default', 'number', 'node', 'checkbox']))}),
          map({'property-name': this.#name()}),
        ],
      ],
      () => ['upsert-property', [property(), map({'db/cardinality': k(dice.one(['one', 'many']))}), map({})]],
      () => ['upsert-closed-value', [property(), map({value: dice.truth() ? this.#title() : dice.below(9)})]],
      () => ['create-property-text-block', [node(), property(), this.#title(), map({})]],
      () => ['class-add-property', [this.#any((e) => this.#isTagged(e, 'Tag')), property()]],
      () => ['apply-template', [block(), block(), null]],
      () => ['toggle-reaction', [block(), dice.one(['+1', 'tada']), null]],
    ]
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
