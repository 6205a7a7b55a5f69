import {showEdn} from './edn-write.js'
import {isSmallJson} from './json-text.js'
import {MAX_DEPTH} from './limits.js'
import {Keyword, keyword, Pattern, Sym, symbol, Uuid} from './scalars.js'
import {List, Tagged, type Value, ValueMap, ValueSet} from './types.js'
import {isUuidText} from './uuid-text.js'
import {canBeKey} from './weight.js'

/** Error for JSON that does not follow the convention for values. */
export class JsonValueError extends Error {
  /**
   * @param path place of the wrong part, such as `[0].a`; empty for the whole
   * @param problem `expected X, got Y`
   */
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(path === '' ? problem : `${path}: ${problem}`)
  }
}

/** A keyword that cannot be confused with another text that begins with a colon. */
const NAME = /^[^\s"'(),/:;@[\\\]^`{}~]+(?:\/[^\s"'(),/:;@[\\\]^`{}~]+)?$/

/**
 * Reads plain JSON as a value. `":a/b"` is a keyword, an object is a map whose keys are keywords (with or without the
 * colon), an array a vector. `~` in front of a text says what else it is: `~'` a text whatever it looks like, `~:` a
 * keyword of any name, `~$` a symbol, `~u` a UUID, `~m` a time in ms, `~z` NaN, INF or -INF. An object with one key that
 * begins with `~#` is what JSON has no form for: `~#map` (an array of pairs), `~#set`, `~#list`, `~#regex`, or a tag.
 * @throws JsonValueError for a text or a key that means nothing, and for what nests too deep
 */
export function fromJson(json: unknown): Value {
  return read(json, '', 0)
}

/**
 * Reads the same a little at a time.
 * @param shouldYield returns true when it is time to pause
 * @throws JsonValueError as `fromJson` does
 */
export function* fromJsonInSteps(json: unknown, shouldYield: () => boolean): Generator<undefined, Value, undefined> {
  return yield* steps(json, shouldYield, {depth: 0, path: ''})
}

/**
 * The reverse, for results: sets and lists come as arrays, and whatever text would be read as something else gets `~'`
 * in front.
 * @throws JsonValueError for what nests too deep
 */
export function toJson(value: Value): unknown {
  return write(value, 0)
}

function read(json: unknown, path: string, depth: number): Value {
  if (typeof json === 'string') return readText(json, path)
  if (typeof json !== 'object' || json === null) return json as Value
  if (depth > MAX_DEPTH) throw tooDeep()
  if (Array.isArray(json)) return json.map((item, i) => read(item, `${path}[${i}]`, depth + 1))
  const entries = Object.entries(json)
  const [only] = entries
  if (only !== undefined && entries.length === 1 && only[0].startsWith('~#'))
    return readForm(only[0].slice(2), read(only[1], `${path}[${JSON.stringify(only[0])}]`, depth + 1), path)
  return new ValueMap(
    entries.map(([key, item]) => [readKey(key, path), read(item, `${path}.${key}`, depth + 1)] as const),
  )
}

/** Reads what is small at once, and pauses after it when that is due. */
function* steps(
  json: unknown,
  shouldYield: () => boolean,
  {depth, path}: {depth: number; path: string},
): Generator<undefined, Value, undefined> {
  if (typeof json !== 'object' || json === null || isSmallJson(json)) {
    if (shouldYield()) yield
    return read(json, path, depth)
  }

  if (depth > MAX_DEPTH) throw tooDeep()
  const below = (item: unknown, where: string) => steps(item, shouldYield, {depth: depth + 1, path: where})
  if (Array.isArray(json)) {
    const items: Value[] = []
    for (const [i, item] of json.entries()) items.push(yield* below(item, `${path}[${i}]`))
    return items
  }

  const keys = Object.keys(json)
  const only = keys.length === 1 ? keys[0]! : ''
  const itemOf = (key: string) => (json as Record<string, unknown>)[key]
  if (only.startsWith('~#'))
    return readForm(only.slice(2), yield* below(itemOf(only), `${path}[${JSON.stringify(only)}]`), path)
  const map = new ValueMap()
  for (const key of keys) map.set(readKey(key, path), yield* below(itemOf(key), `${path}.${key}`))
  return map
}

function readText(text: string, path: string): Value {
  if (text.startsWith(':')) return NAME.test(text.slice(1)) ? keyword(text.slice(1)) : text
  if (!text.startsWith('~')) return text
  const value = readMarked(text[1], text.slice(2))
  if (value === undefined)
    throw new JsonValueError(
      path,
      `expected a text that starts with ~', ~:, ~$, ~u, ~m or ~z, got ${showEdn(text)}: write ${showEdn(`~'${text}`)} for the text`,
    )
  return value
}

function readMarked(mark: string | undefined, rest: string): undefined | Value {
  switch (mark) {
    case "'":
      return rest
    case ':':
      return rest === '' ? undefined : keyword(rest)
    case '$':
      return rest === '' ? undefined : symbol(rest)
    case 'u':
      return isUuidText(rest) ? new Uuid(rest) : undefined
    case 'm':
      return /^-?\d{1,16}$/.test(rest) && !Number.isNaN(new Date(Number(rest)).getTime())
        ? new Date(Number(rest))
        : undefined
    case 'z':
      return SPECIAL.get(rest)
    default:
      return undefined
  }
}

const SPECIAL = new Map([
  ['-INF', Number.NEGATIVE_INFINITY],
  ['INF', Number.POSITIVE_INFINITY],
  ['NaN', Number.NaN],
])

function readKey(key: string, path: string): Keyword {
  const name = key.startsWith('~:') ? key.slice(2) : key.replace(/^:/, '')
  if (name !== '' && (key.startsWith('~:') || NAME.test(name))) return keyword(name)
  throw new JsonValueError(
    path,
    `expected a keyword as a key, got ${showEdn(key)}: write {"~#map": [[key, value], ...]} for a map with other keys`,
  )
}

function readForm(tag: string, value: Value, path: string): Value {
  if (tag === 'regex') {
    if (typeof value === 'string') return new Pattern(value)
    throw new JsonValueError(path, `expected a text as ~#regex, got ${showEdn(value)}`)
  }

  if (tag !== 'list' && tag !== 'map' && tag !== 'set') return new Tagged(tag, value)
  if (!Array.isArray(value)) throw new JsonValueError(path, `expected an array as ~#${tag}, got ${showEdn(value)}`)
  const items = value as readonly Value[]
  if (tag === 'list') return new List(items)
  if (tag === 'set') return new ValueSet(items.map((item) => keyable(item, path)))
  return new ValueMap(items.map((pair) => asPair(pair, path)))
}

function asPair(value: Value, path: string): readonly [Value, Value] {
  if (Array.isArray(value) && value.length === 2) return [keyable(value[0] as Value, path), value[1] as Value]
  throw new JsonValueError(path, `expected pairs in ~#map, got ${showEdn(value)}`)
}

function keyable(value: Value, path: string): Value {
  if (!canBeKey(value))
    throw new JsonValueError(path, 'expected a smaller key or member of a set, got too large a collection')
  return value
}

function tooDeep(): JsonValueError {
  return new JsonValueError('', `expected at most ${MAX_DEPTH} levels, got more`)
}

function write(value: Value, depth: number): unknown {
  if (typeof value === 'string') return /^[:~]/.test(value) && readsOtherwise(value) ? `~'${value}` : value
  if (typeof value === 'number') return Number.isFinite(value) ? value : special(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Keyword) return NAME.test(value.fqn) ? `:${value.fqn}` : `~:${value.fqn}`
  if (value instanceof Sym) return `~$${value.name}`
  if (value instanceof Uuid) return `~u${value.text}`
  if (value instanceof Date) return `~m${value.getTime()}`
  if (depth > MAX_DEPTH) throw tooDeep()
  if (value instanceof Pattern) return {'~#regex': write(value.source, depth + 1)}
  if (value instanceof Tagged) return {[`~#${value.tag}`]: write(value.value, depth + 1)}
  if (value instanceof ValueMap) return writeMap(value, depth + 1)
  return Array.from(value as Iterable<Value>, (item) => write(item, depth + 1))
}

function writeMap(map: ValueMap, depth: number): unknown {
  const pairs = Array.from(map, ([key, item]) => [key, write(key, depth), write(item, depth)] as const)
  return pairs.every(([key]) => key instanceof Keyword)
    ? Object.fromEntries(pairs.map(([, key, item]) => [key, item]))
    : {'~#map': pairs.map(([, key, item]) => [key, item])}
}

function readsOtherwise(text: string): boolean {
  return text.startsWith('~') || NAME.test(text.slice(1))
}

function special(value: number): string {
  if (Number.isNaN(value)) return '~zNaN'
  return value > 0 ? '~zINF' : '~z-INF'
}
