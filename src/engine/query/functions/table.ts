import type {Callable, Functions} from './callable.js'
import {COLLECTIONS} from './collections.js'
import {LOGIC} from './logic.js'
import {LOOKUPS} from './lookups.js'
import {NUMBERS} from './numbers.js'
import {REGEX, REGEX_STRING} from './regex.js'
import {CLOJURE_STRING, TEXTS} from './texts.js'

const ALL = new Map<string, Callable>([
  ...[COLLECTIONS, LOGIC, LOOKUPS, NUMBERS, REGEX, TEXTS].flatMap((functions) => Object.entries(functions)),
  ...underNamespace({...CLOJURE_STRING, ...REGEX_STRING}),
])

/** `string/` is short for `clojure.string/`, as in Logseq's own queries. */
function underNamespace(functions: Functions): Array<[string, Callable]> {
  return Object.entries(functions).flatMap(([name, callable]) =>
    ['clojure.string', 'string'].map((namespace): [string, Callable] => [`${namespace}/${name}`, callable]),
  )
}

/** The function or predicate of a name; undefined if missing. */
export function callableOf(name: string): Callable | undefined {
  return ALL.get(name)
}

/** The names of all functions. */
export function functionNames(): string[] {
  return [...ALL.keys()]
}
