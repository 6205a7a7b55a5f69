/**
 * Maximum number of names in a generation of the recently used ones, and maximum length of such a name, in characters.
 */
const GENERATION = 8192
const MAX_KEPT_NAME = 256

/** Number of weak entries to check for each new one: more than one, so that dead ones become fewer. */
const SWEPT = 3

/** The weak entries are in so many maps: one map of a million entries takes a quarter of a second to grow. */
const SHARDS = 256

/**
 * One object per name, for as long as it is referenced. A client may send any number of new names: unreferenced ones are
 * dropped, except for the recently used ones, of which there are never more than two generations.
 *
 * Dead entries are swept a few at a time, with each new name. A FinalizationRegistry would call back for all of them in
 * one go: a million names of one request would then block all other requests.
 */
export class Interned<T extends object> {
  readonly #all = Array.from({length: SHARDS}, () => new Map<string, WeakRef<T>>())
  readonly #Kind: new (name: string) => T
  #made = 0
  #newer = new Map<string, T>()
  #older = new Map<string, T>()
  #sweep: Iterator<[string, WeakRef<T>]> = this.#all[0]!.entries()
  #swept = 0

  constructor(Kind: new (name: string) => T) {
    this.#Kind = Kind
  }

  /** Number of objects made so far. */
  get made(): number {
    return this.#made
  }

  /** Number of remembered names, including the dead ones not swept yet. */
  get size(): number {
    return this.#all.reduce((sum, {size}) => sum + size, 0)
  }

  /** The object of a name. */
  get(name: string): T {
    return this.#newer.get(name) ?? this.#keep(name, this.#older.get(name) ?? this.#shard(name).get(name)?.deref())
  }

  #keep(name: string, known: T | undefined): T {
    const value = known ?? this.#make(name)
    if (name.length > MAX_KEPT_NAME) return value
    if (this.#newer.size === GENERATION) {
      this.#older = this.#newer
      this.#newer = new Map()
    }

    this.#newer.set(name, value)
    return value
  }

  #make(name: string): T {
    for (let i = 0; i < SWEPT; i++) this.#sweepOne()
    this.#made++
    const value = new this.#Kind(name)
    this.#shard(name).set(name, new WeakRef(value))
    return value
  }

  /** Names that differ in their last characters, as numbered ones do, are in different maps. */
  #shard(name: string): Map<string, WeakRef<T>> {
    const {length} = name
    const mixed =
      length + name.charCodeAt(length - 1) * 31 + name.charCodeAt(length - 2) * 37 + name.charCodeAt(length - 3) * 41
    return this.#all[mixed % SHARDS || 0]!
  }

  #sweepOne(): void {
    const {done, value} = this.#sweep.next()
    if (done) {
      this.#swept = (this.#swept + 1) % SHARDS
      this.#sweep = this.#all[this.#swept]!.entries()
    } else if (value[1].deref() === undefined) this.#all[this.#swept]!.delete(value[0])
  }
}
