import type {METHODS} from './all.js'
import type {Argument} from './spec.js'

/** Value in plain JSON. docs/cli/logseq-cli.md describes how keywords, UUIDs and the like are written. */
export type Json = boolean | JsonMap | null | number | readonly Json[] | string

/** Map in plain JSON. In results the keys are keywords with their colon: `":block/title"`. */
export interface JsonMap {
  readonly [key: string]: Json
}

type Methods = typeof METHODS

/** Methods by both of their names. */
type ByName = {[M in keyof Methods as M extends `thread-api/${infer S}` ? M | S : M]: Methods[M]}

/** Name of a method, with or without `thread-api/`. */
export type MethodName = keyof ByName

interface JsonByKind {
  boolean: boolean
  integer: number
  keyword: string
  map: JsonMap
  repo: never
  text: string
  uuid: string
  value: Json
  vector: readonly Json[]
}

interface JsonByReturned {
  boolean: boolean
  integer: number
  list: Json[]
  'list?': Json[] | null
  map: JsonMap
  'map?': JsonMap | null
  maps: JsonMap[]
  nil: null
  text: string
  'text?': string | null
  texts: string[]
  value: Json
}

type ArgumentJson<A extends Argument> = A extends {choices: readonly (infer C extends string)[]}
  ? `:${C}` | C
  : JsonByKind[A['kind']]

type ArgumentsJson<A extends readonly unknown[]> = A extends readonly [infer F extends Argument, ...infer R]
  ? F['kind'] extends 'repo'
    ? ArgumentsJson<R>
    : F extends {rest: true}
      ? Json[]
      : F extends {optional: true}
        ? [argument?: ArgumentJson<F> | null, ...more: ArgumentsJson<R>]
        : [argument: ArgumentJson<F>, ...more: ArgumentsJson<R>]
  : []

/** Arguments and result of each method. A table, so that the compiler evaluates it once. */
type Calls = {
  [M in MethodName]: {
    arguments: ArgumentsJson<ByName[M]['args']>
    result: JsonByReturned[ByName[M]['returns']]
  }
}

/** Arguments of a method in plain JSON, without the graph. */
export type MethodArguments<M extends MethodName> = Calls[M]['arguments']

/** Result of a method in plain JSON. */
export type MethodResult<M extends MethodName> = Calls[M]['result']
