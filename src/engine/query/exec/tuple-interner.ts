import {keyOf, type Value} from '../../../values/types.js'

/** Numbers of values and of tuples are below this. */
const SPAN = 2 ** 26

/**
 * Numbers tuples of values in the order in which they come, from 0; equal tuples have the same number. Nothing is
 * turned into text for it that is not compared by its text anyway.
 */
export class TupleInterner {
  /** Number of different tuples. */
  size = 0
  readonly #pairs: Array<Map<number, number>>
  readonly #values: Array<Map<unknown, number>>

  constructor(readonly width: number) {
    this.#values = Array.from({length: width}, () => new Map())
    this.#pairs = Array.from({length: Math.max(0, width - 1)}, () => new Map())
  }

  /** @returns the number of the tuple that stands in a row of these columns */
  add(columns: ReadonlyArray<readonly Value[]>, row: number): number {
    if (this.width === 0) return this.#first()
    let id = numberOf(this.#values[0]!, columns[0]![row]!)
    for (let i = 1; i < this.width; i++)
      id = numberOf(this.#pairs[i - 1]!, id * 2 * SPAN + this.#code(i, columns[i]![row]!))
    if (id === this.size) this.size++
    return id
  }

  /** @returns -1 when there is no such tuple */
  get(columns: ReadonlyArray<readonly Value[]>, row: number): number {
    if (this.width === 0) return this.size - 1
    let id = this.#values[0]!.get(keyOf(columns[0]![row]!))
    for (let i = 1; id !== undefined && i < this.width; i++) {
      const code = this.#known(i, columns[i]![row]!)
      id = code === undefined ? undefined : this.#pairs[i - 1]!.get(id * 2 * SPAN + code)
    }

    return id ?? -1
  }

  #first(): number {
    this.size = 1
    return 0
  }

  #code(column: number, value: Value): number {
    return isCode(value) ? value : SPAN + numberOf(this.#values[column]!, value)
  }

  #known(column: number, value: Value): number | undefined {
    if (isCode(value)) return value
    const known = this.#values[column]!.get(keyOf(value))
    return known === undefined ? undefined : SPAN + known
  }
}

/** Returns true if a value is its own number. */
function isCode(value: Value): value is number {
  return typeof value === 'number' && value >= 0 && value < SPAN && Number.isInteger(value)
}

function numberOf(numbers: Map<unknown, number>, value: Value): number {
  const key = typeof value === 'number' ? value : keyOf(value)
  const known = numbers.get(key)
  if (known !== undefined) return known
  const {size} = numbers
  numbers.set(key, size)
  return size
}
