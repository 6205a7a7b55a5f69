import {present} from '../../values/present.js'
import {TX0} from '../datom.js'
import {shown, type Tempid} from './ids.js'
import {refusal} from './refusal.js'

/** Ends a run of a transaction that has to be run again anyway. */
export class Retry extends Error {}

/** State at the start of a run, learned from the runs before it. */
interface Start {
  /** The tempids that have an entity, new or existing. */
  entities: ReadonlyMap<Tempid, number>
  /** Settle one tempid per run, as DataScript does. */
  oneByOne: boolean
  /** The tempids that an earlier run found to be an existing entity. */
  settled: ReadonlyMap<Tempid, number>
  /** True if one run settled several of them, so that each has to be found again. */
  guessed: boolean
}

/**
 * Entities that the tempids of a transaction stand for. A tempid gets a new entity where it is first used. Later, a
 * unique value can show that it is an existing entity. Then the transaction runs again from its beginning, with that
 * tempid settled. DataScript finds one such tempid in each run. Thousands of them take as many runs, so here a run
 * continues after the first and collects all that follow. Those after the first are found in a state with mistakes. So
 * the last run has to find each of them again; if it does not, all is done anew, one by one.
 */
export class Tempids {
  readonly #confirmed = new Set<Tempid>()
  readonly #entities: Map<Tempid, number>
  /** Tempids with an entity, as known when the first one was found to be an existing entity. */
  #kept: Map<Tempid, number> | undefined
  readonly #learned = new Map<Tempid, number>()
  readonly #names = new Map<number, Set<Tempid>>()
  readonly #start: Start

  private constructor(start: Start) {
    this.#start = start
    this.#entities = new Map(start.entities)
  }

  static first(): Tempids {
    return new Tempids({entities: new Map(), guessed: false, oneByOne: false, settled: new Map()})
  }

  /** Entity that each tempid stands for so far. */
  get entities(): ReadonlyMap<Tempid, number> {
    return this.#entities
  }

  /** This run is not the last one: nothing of it counts but what it finds out about tempids. */
  get isMistaken(): boolean {
    return this.#learned.size > 0
  }

  /** The greatest entity that is set aside for a tempid. */
  get greatest(): number {
    let greatest = 0
    for (const e of this.#start.entities.values()) if (e < TX0) greatest = Math.max(greatest, e)
    return greatest
  }

  get(tempid: Tempid): number | undefined {
    return this.#entities.get(tempid)
  }

  /** Notes that a tempid is used for an entity. @param isNew the entity was made for it */
  use(tempid: Tempid, e: number, isNew: boolean): void {
    this.#entities.set(tempid, e)
    if (isNew) this.#kept?.set(tempid, e)
    const names = this.#names.get(e)
    if (names === undefined) this.#names.set(e, new Set([tempid]))
    else names.add(tempid)
  }

  /** Returns true if a tempid of this transaction stands for an entity. */
  isNamed(e: number): boolean {
    return this.#names.has(e)
  }

  /** A unique value says that this tempid is this entity. @param why for the error when it cannot be */
  is(tempid: Tempid, e: number, why: string): void {
    const known = this.#entities.get(tempid)
    if (known === undefined || known === e) {
      this.#confirmed.add(tempid)
      return
    }

    if (this.#start.settled.has(tempid) || this.#learned.has(tempid))
      throw refusal('conflicting-upsert', `Tempid ${shown(tempid)} names two entities, ${known} and ${e}: ${why}`)
    this.#kept ??= new Map(this.#entities)
    this.#learned.set(tempid, e)
    if (this.#start.oneByOne) throw new Retry('a tempid is another entity')
    this.#entities.set(tempid, e)
  }

  /** A unique value says that an entity, by whatever name, is another one. @throws ServerError `invalid-transaction` */
  areSame(e: number, holder: number, why: string): void {
    const names = [...(this.#names.get(e) ?? [])]
    const open = names.find((name) => !this.#start.settled.has(name) && !this.#learned.has(name))
    if (open === undefined) throw refusal('conflicting-upsert', `Entity ${e} is entity ${holder} as well: ${why}`)
    this.is(open, holder, why)
  }

  /**
   * Returns the tempids for the next run; undefined if this was the last one.
   * @param isRefused the run ended with an error
   */
  next(isRefused: boolean): Tempids | undefined {
    const {guessed, oneByOne, settled} = this.#start
    if (this.#learned.size > 0) {
      return new Tempids({
        entities: new Map([...present(this.#kept), ...this.#learned]),
        guessed: guessed || this.#learned.size > 1,
        oneByOne,
        settled: new Map([...settled, ...this.#learned]),
      })
    }

    const isDoubtful = guessed && (isRefused || [...settled.keys()].some((tempid) => !this.#confirmed.has(tempid)))
    return isDoubtful ? new Tempids({...Tempids.first().#start, oneByOne: true}) : undefined
  }
}
