import {ServerError} from '../../lib/errors.js'
import {Keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'

/**
 * What a method was called with. Each of the readers takes the position of an argument and what the documentation
 * calls it, and throws ServerError `invalid-arguments` when it is missing or of another kind.
 */
export class Arguments {
  readonly #method: string
  readonly #values: readonly Value[]

  constructor(method: string, values: readonly Value[]) {
    this.#method = method
    this.#values = values
  }

  get count(): number {
    return this.#values.length
  }

  /** The argument as it is; null when there is none. */
  at(position: number): Value {
    return this.#values[position] ?? null
  }

  /** The arguments from a position on. */
  from(position: number): readonly Value[] {
    return this.#values.slice(position)
  }

  /** Anything but nil. */
  given(position: number, name: string): Value {
    const value = this.at(position)
    if (value === null) throw this.wrong(name, 'is missing')
    return value
  }

  /** A keyword among some. */
  oneOf<T extends string>(position: number, name: string, choice: readonly T[]): T {
    const value = this.at(position)
    const chosen = value instanceof Keyword ? choice.find((item) => item === value.fqn) : undefined
    if (chosen === undefined) throw this.wrong(name, `has to be one of ${choice.map((item) => `:${item}`).join(', ')}`)
    return chosen
  }

  /** A map, or nothing. */
  optionalMap(position: number, name: string): ValueMap {
    const value = this.at(position)
    if (value === null) return new ValueMap()
    if (value instanceof ValueMap) return value
    throw this.wrong(name, 'has to be a map')
  }

  /** A text that is not empty. */
  text(position: number, name: string): string {
    const value = this.at(position)
    if (typeof value === 'string' && value.trim() !== '') return value
    throw this.wrong(name, 'has to be a string')
  }

  /** A vector or a list. */
  sequence(position: number, name: string): readonly Value[] {
    const value = this.at(position)
    if (value instanceof List) return value.items
    if (Array.isArray(value)) return value as readonly Value[]
    throw this.wrong(name, 'has to be a vector')
  }

  /** The error of an argument that is not as it has to be. */
  wrong(name: string, problem: string): ServerError {
    return new ServerError('invalid-arguments', `${name} of ${this.#method} ${problem}`, {
      details: {
        argument: name,
        method: this.#method,
      },
    })
  }
}
