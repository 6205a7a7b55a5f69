import type {Value} from '../../../../values/types.js'
import type {Datom} from '../../../datom.js'
import type {MemoryAccountant} from '../../../memory-accountant.js'
import type {Slots} from './slots.js'

type Place = keyof Slots

/** Matches of rows with facts: the numbers of the rows, and the values that the facts give to variables. */
export class Matches {
  /** The rows by the numbers that matching has for them, when it is only about some of them. */
  among: readonly number[] | undefined
  readonly rows: number[] = []
  readonly #a: undefined | Value[]
  readonly #added: undefined | Value[]
  readonly #e: undefined | Value[]
  readonly #memory: MemoryAccountant
  /** Rows that have a match, if one match for each is enough. */
  readonly #seen: Uint8Array | undefined
  readonly #tx: undefined | Value[]
  readonly #v: undefined | Value[]

  /**
   * @param places whose values are wanted
   * @param size how many rows there are
   */
  constructor(places: readonly Place[], size: number, memory: MemoryAccountant) {
    const columnOf = (place: Place) => (places.includes(place) ? [] : undefined)
    this.#a = columnOf('a')
    this.#added = columnOf('added')
    this.#e = columnOf('e')
    this.#tx = columnOf('tx')
    this.#v = columnOf('v')
    this.#memory = memory
    this.#seen = places.length === 0 ? new Uint8Array(size) : undefined
  }

  /** Nothing more can be found. */
  get full(): boolean {
    return this.#seen !== undefined && this.rows.length === this.#seen.length
  }

  add(numberOfRow: number, datom: Datom): void {
    const row = this.among ? this.among[numberOfRow]! : numberOfRow
    if (this.#seen) {
      if (this.#seen[row]) return
      this.#seen[row] = 1
    }

    this.rows.push(row)
    this.#e?.push(datom.e)
    this.#a?.push(datom.a)
    this.#v?.push(datom.v)
    this.#tx?.push(datom.tx)
    this.#added?.push(true)
    this.#memory.countRow()
  }

  column(place: Place): Value[] {
    return {a: this.#a, added: this.#added, e: this.#e, tx: this.#tx, v: this.#v}[place] ?? []
  }

  /** Forgets what came after a moment: something else is tried. */
  cut(size: number): void {
    if (this.#seen) for (const row of this.rows.slice(size)) this.#seen[row] = 0
    for (const list of [this.rows, this.#a, this.#added, this.#e, this.#tx, this.#v]) if (list) list.length = size
  }
}
