/** Access of a method to its graph: to read it, to change it, or to open, close and copy it. */
export type Access = 'control' | 'read' | 'write'

/**
 * Kind of value that an argument takes; `value` is anything but nil. src/server/methods/arguments.ts reads each kind.
 */
export type Kind = 'boolean' | 'integer' | 'keyword' | 'map' | 'repo' | 'text' | 'uuid' | 'value' | 'vector'

/**
 * Kind of value that a method returns; `maps` and `texts` are lists of them, `value` is anything. With `?` it may be
 * nil.
 */
export type Returned =
  'boolean' | 'integer' | 'list' | 'list?' | 'map' | 'map?' | 'maps' | 'nil' | 'text' | 'text?' | 'texts' | 'value'

/** An argument of a method, in its place. */
export interface Argument {
  /** Names without a colon: the argument is one of these keywords. */
  choices?: readonly string[]
  /** Form that documentation uses if the name alone says too little. */
  form?: string
  kind: Kind
  name: string
  /** True if it may be nil, or left out. */
  optional?: true
  /** Stands for all arguments from here on. */
  rest?: true
}

/** A method as both sides of `/v1/invoke` know it. */
export interface MethodSpec {
  /**
   * - `read` changes nothing: a client may repeat it as often as it likes
   * - `write` changes the graph: refused while the graph is read-only, and by a server that no longer holds the graph
   * - `control` opens, closes or copies the graph, or is about the server: refused by a server that no longer holds the graph
   */
  access: Access
  args: readonly Argument[]
  /** Only a client that may stop the server may call it. */
  asksOwner?: true
  /** Runs alone among writes, as each write does. */
  exclusive?: true
  /** Description of its result for documentation and help: a phrase without a full stop. */
  result: string
  /** The kind of its result, from which the types of clients are derived. */
  returns: Returned
}

/** The graph, which comes first in all methods but those that are about no graph. */
export const repo = {kind: 'repo', name: 'repo'} as const satisfies Argument

/** An argument that has to be there. */
export function arg<const N extends string, const K extends Kind>(name: N, kind: K, form?: string) {
  return {kind, name, ...(form !== undefined && {form})}
}

/** An argument that may be nil or left out. A map that is left out is read as an empty one, anything else as undefined. */
export function optional<const N extends string, const K extends Kind>(name: N, kind: K, form?: string) {
  return {...arg(name, kind, form), optional: true as const}
}

/** One of some keywords, which are named without a colon. */
export function oneOf<const N extends string, const C extends readonly string[]>(name: N, choices: C) {
  return {choices, kind: 'keyword' as const, name}
}

/** All arguments from this place on, of any kind. */
export function rest<const N extends string>(name: N) {
  return {kind: 'value' as const, name, rest: true as const}
}

/** Gives a topic's methods their exact types. */
export function methods<const T extends Record<string, MethodSpec>>(table: T): T {
  return table
}
