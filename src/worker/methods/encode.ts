import {toJson} from '../../lib/values/json.js'
import {Keyword} from '../../lib/values/scalars.js'
import {encodeTransitInSteps} from '../../lib/values/transit.js'
import {List, type Value, ValueMap, ValueSet} from '../../lib/values/types.js'
import type {Pace, Task} from '../graph/task.js'
import {HttpError} from '../http/answer.js'
import type {Format} from './call.js'

/** Longer than this no answer is put together, in characters. */
const MAX_LENGTH = 256 * 1024 * 1024

/** So much text is made into the text of a JSON string at once. */
const PIECE = 128 * 1024

/** Below this number of items, and below this depth, a collection is written in one go. */
const FEW = 32
const MAX_STEPS_DEPTH = 4

/** The body of an answer, in parts that are sent one after the other. */
export function* encodeAnswer(value: Value, format: Format, pace: Pace): Task<string[]> {
  const parts: string[] = []
  if (format === 'transit') {
    parts.push('{"ok":true,"resultTransit":"')
    const transit = yield* encodeTransitInSteps(value, () => pace.due())
    requireLength(transit.length)
    yield* quote(transit, parts, pace)
    parts.push('"}')
  } else {
    parts.push('{"ok":true,"result":')
    yield* encodeJson(value, parts, pace, 0)
    parts.push('}')
  }

  return parts
}

/** The text of a JSON string, without its quotation marks. */
function* quote(text: string, parts: string[], pace: Pace): Task<void> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + PIECE)
    if (isHighSurrogate(text.charCodeAt(to - 1))) to++ // half a character would become an escape of its own
    parts.push(JSON.stringify(text.slice(from, to)).slice(1, -1))
    from = to
    if (pace.due()) yield
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd8_00 && code <= 0xdb_ff
}

function* encodeJson(value: Value, parts: string[], pace: Pace, depth: number): Task<void> {
  const items = depth < MAX_STEPS_DEPTH ? manyItems(value) : undefined
  if (!items) {
    parts.push(JSON.stringify(toJson(value)))
    return
  }

  const object = value instanceof ValueMap
  let length = 0
  let separator = object ? '{' : '['
  for (const item of items) {
    parts.push(separator)
    const from = parts.length
    if (object) parts.push(JSON.stringify(toJson((item as [Value, Value])[0])), ':')
    yield* encodeJson(object ? (item as [Value, Value])[1] : (item as Value), parts, pace, depth + 1)
    for (let i = from; i < parts.length; i++) length += depth === 0 ? parts[i]!.length : 0
    requireLength(length)
    separator = ','
    if (pace.due()) yield
  }

  parts.push(object ? '}' : ']')
}

/** The items, or the entries, of a collection that is worth a pause; undefined for anything else. */
function manyItems(value: Value): Iterable<unknown> | undefined {
  if (value instanceof ValueMap) return isPlain(value) ? value : undefined
  if (value instanceof List) return value.items.length > FEW ? value.items : undefined
  if (value instanceof ValueSet) return value.size > FEW ? value : undefined
  return Array.isArray(value) && value.length > FEW ? value : undefined
}

/** Is it a map that holds something larger, and that JSON has as an object? */
function isPlain(map: ValueMap): boolean {
  if (map.size === 0) return false
  for (const key of map.keys()) if (!(key instanceof Keyword)) return false
  return map.size > FEW || [...map.values()].some((item) => manyItems(item) !== undefined)
}

function requireLength(length: number): void {
  if (length > MAX_LENGTH) throw new HttpError(413, 'query-too-large', 'the result is too long to be sent')
}
