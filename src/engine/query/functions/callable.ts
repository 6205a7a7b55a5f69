import {EdnError} from '../../../values/edn-read.js'
import {printEdn, showEdn} from '../../../values/edn-write.js'
import type {Value} from '../../../values/types.js'
import type {Database} from '../../database.js'

/** A function that a query can call, and how many arguments it takes. */
export type Callable = FunctionOfValues | Lookup

export interface FunctionOfValues {
  kind: 'function'
  max: number
  min: number
  /** @throws ArgumentError when an argument is not such as it takes */
  run: (args: readonly Value[]) => Value
}

/** A function whose first argument is a graph; `args` are the others. */
interface Lookup {
  kind: 'lookup'
  max: number
  min: number
  run: (args: readonly Value[], db: Database) => Value
}

/** Functions by their names. */
export type Functions = Record<string, Callable>

/** Error for an argument that a function does not take. */
export class ArgumentError extends Error {}

/** Error for an argument of the wrong kind. @param expected a noun, such as `a number` */
export function wrongArgument(expected: string, value: undefined | Value): ArgumentError {
  return new ArgumentError(`expected ${expected}, got ${value === undefined ? 'nothing' : showEdn(value)}`)
}

/** Arguments of a function that takes at least this many: its calls are counted before they are run. */
interface Arguments {
  0: readonly Value[]
  1: readonly [Value, ...Value[]]
  2: readonly [Value, Value, ...Value[]]
  3: readonly [Value, Value, Value, ...Value[]]
}

/** Creates a function with a fixed number of arguments, or one between `min` and `max`. */
export function takes<const N extends keyof Arguments>(
  min: N,
  run: (args: Arguments[N]) => Value,
  max: number = min,
): FunctionOfValues {
  return {kind: 'function', max, min, run: run as FunctionOfValues['run']}
}

/** Creates a function with a minimum number of arguments. */
export function takesAtLeast<const N extends keyof Arguments>(
  min: N,
  run: (args: Arguments[N]) => Value,
): FunctionOfValues {
  return takes(min, run, Number.POSITIVE_INFINITY)
}

/** Checks that an argument is a number. @throws ArgumentError */
export function numberIn(value: undefined | Value): number {
  if (typeof value !== 'number') throw wrongArgument('a number', value)
  return value
}

/** Checks that an argument is an integer. @throws ArgumentError */
export function integerIn(value: undefined | Value): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongArgument('a whole number', value)
  return value
}

/** Checks that an argument is a string. @throws ArgumentError */
export function textIn(value: undefined | Value): string {
  if (typeof value !== 'string') throw wrongArgument('a string', value)
  return value
}

/** Maximum size of texts and collections that a query makes: otherwise a few clauses could fill the memory. */
const MAX_TEXT = 10_000_000
const MAX_ITEMS = 100_000

/** @throws ArgumentError */
export function bounded(text: string): string {
  boundedLength(text.length)
  return text
}

/** For a text that is not made yet. @throws ArgumentError */
export function boundedLength(length: number): void {
  if (length > MAX_TEXT) throw new ArgumentError(`the text would have more than ${MAX_TEXT} characters`)
}

/** The EDN of a value. @throws ArgumentError */
export function boundedEdn(value: Value): string {
  try {
    return printEdn(value, MAX_TEXT)
  } catch (error) {
    if (error instanceof EdnError) throw new ArgumentError(error.message)
    throw error
  }
}

/** Texts with one between them: no more is put together than may be. @throws ArgumentError */
export function joinedTexts(texts: Iterable<string>, separator: string): string {
  const parts: string[] = []
  let length = 0
  for (const text of texts) {
    boundedLength((length += text.length + separator.length) - separator.length)
    parts.push(text)
  }

  return parts.join(separator)
}

/** @throws ArgumentError when there is more in a collection, however deep, than a query may make */
export function boundedCollection<T extends Value>(collection: T): T {
  let left = MAX_ITEMS
  const walk = (value: Value): void => {
    if (--left < 0) throw new ArgumentError(`the collection would have more than ${MAX_ITEMS} items`)
    if (typeof value === 'object' && value !== null && Symbol.iterator in value) for (const item of value) walk(item)
  }

  walk(collection)
  return collection
}
