import {ServerError} from '../../lib/errors.js'
import type {Argument, Kind} from '../../protocol/methods/spec.js'
import {showEdn} from '../../values/edn-write.js'
import {Keyword, Uuid} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'

/** Value that a method receives for an argument of each kind. */
interface KindValues {
  boolean: boolean
  integer: number
  keyword: Keyword
  map: ValueMap
  repo: string
  text: string
  uuid: Uuid
  value: Value
  vector: readonly Value[]
}

/** Value that a method receives for an argument. */
type ArgumentValue<A extends Argument> = A extends {rest: true}
  ? readonly Value[]
  : A extends {choices: readonly (infer C)[]}
    ? C
    : A extends {kind: 'map'}
      ? ValueMap
      : KindValues[A['kind']] | (A extends {optional: true} ? undefined : never)

/** Values that a method receives for its arguments: one item for each, without the graph. */
export type ArgumentValues<A extends readonly Argument[]> = A extends readonly [{kind: 'repo'}, ...infer Others]
  ? ArgumentValues<Others extends readonly Argument[] ? Others : never>
  : {-readonly [I in keyof A]: ArgumentValue<A[I]>}

/**
 * Reader of each kind, and the expected value as an error describes it. A reader returns undefined for a value of
 * another kind.
 */
const KINDS: {readonly [K in Kind]: {expected: string; read(value: Value): KindValues[K] | undefined}} = {
  boolean: {expected: 'a boolean', read: (value) => (typeof value === 'boolean' ? value : undefined)},
  integer: {expected: 'an integer', read: (value) => (Number.isSafeInteger(value) ? (value as number) : undefined)},
  keyword: {expected: 'a keyword', read: (value) => (value instanceof Keyword ? value : undefined)},
  map: {expected: 'a map', read: (value) => (value instanceof ValueMap ? value : undefined)},
  repo: {expected: 'a graph', read: (value) => readText(value)},
  text: {expected: 'a string that is not empty', read: (value) => readText(value)},
  uuid: {expected: 'a UUID', read: (value) => (value instanceof Uuid ? value : undefined)},
  value: {expected: 'a value', read: (value) => value},
  vector: {expected: 'a vector', read: (value) => readItems(value)},
}

/**
 * Reads the arguments of a call.
 * @param values with the graph, where the method takes it
 * @returns one item for each argument of the method, without the graph; values that the method does not know are left out
 * @throws ServerError `invalid-arguments`
 */
export function readArguments(method: string, args: readonly Argument[], values: readonly Value[]): readonly unknown[] {
  return args.flatMap((argument, i) => {
    if (argument.kind === 'repo') return []
    return [argument.rest ? values.slice(i) : readArgument(method, argument, values[i])]
  })
}

function readArgument(method: string, {choices, kind, name, optional}: Argument, value: undefined | Value): unknown {
  const {expected, read} = KINDS[kind]
  if (value === undefined || value === null) {
    const got = value === null ? 'nil' : 'nothing'
    if (!optional) throw wrongArgument(method, name, choices ? listOf(choices) : expected, got)
    return kind === 'map' ? new ValueMap() : undefined
  }

  if (choices) {
    const chosen = value instanceof Keyword ? choices.find((choice) => choice === value.fqn) : undefined
    if (chosen === undefined) throw wrongArgument(method, name, listOf(choices), showEdn(value))
    return chosen
  }

  const found = read(value)
  if (found === undefined) throw wrongArgument(method, name, expected, showEdn(value))
  return found
}

/** Error for a wrong argument: which one, what was expected, and what was found. */
export function wrongArgument(method: string, argument: string, expected: string, got: string): ServerError {
  return invalidArgument(method, argument, `expected ${expected}, got ${got}`)
}

/**
 * Error for a wrong argument.
 * @param problem `expected X, got Y`
 * @param path of the wrong part within the argument, such as `[0].a`
 */
export function invalidArgument(method: string, argument: string, problem: string, path = ''): ServerError {
  return new ServerError('invalid-arguments', `${argument}${path} of ${method}: ${problem}`, {
    details: {argument, method},
  })
}

/** Returns the name of the argument that a value is for. */
export function argumentAt(args: readonly Argument[], index: number): string {
  return (args[index] ?? args.at(-1))?.name ?? `argument ${index + 1}`
}

function listOf(choices: readonly string[]): string {
  return `one of ${choices.map((choice) => `:${choice}`).join(', ')}`
}

function readText(value: Value): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function readItems(value: Value): readonly Value[] | undefined {
  if (value instanceof List) return value.items
  return Array.isArray(value) ? (value as readonly Value[]) : undefined
}
