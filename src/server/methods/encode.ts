import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'
import {JsonValueError, toJson} from '../../values/json.js'
import {Keyword} from '../../values/scalars.js'
import {encodeTransitInSteps, TransitError} from '../../values/transit.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import type {Format} from './call.js'
import {ChunkedBody} from './chunked-body.js'

/** Number of characters that are written into a JSON string at once. */
const QUOTED = 64 * 1024

/** Below this number of items, and below this depth, a collection is written in one go. */
const FEW = 32
const MAX_STEPS_DEPTH = 4

/** Format and warnings that go with a result. */
interface Envelope {
  format: Format
  /** Sent in front of the result, when there are any. */
  warnings: readonly string[]
}

/**
 * The body of an answer, in pieces that are sent one after the other.
 * @throws ServerError `invalid-query` when the format cannot carry the value, `query-too-large`
 */
export function* encodeAnswer(
  value: Value,
  envelope: Envelope,
  execution: ExecutionContext,
): CooperativeTask<readonly Buffer[]> {
  try {
    return yield* encode(value, envelope, execution)
  } catch (error) {
    if (!(error instanceof TransitError || error instanceof JsonValueError)) throw error
    throw new ServerError('invalid-query', `the result cannot be sent: ${error.message}`, {
      hint: 'Let the query find texts or numbers instead, for example with (str ?x).',
    })
  }
}

function* encode(
  value: Value,
  {format, warnings}: Envelope,
  execution: ExecutionContext,
): CooperativeTask<readonly Buffer[]> {
  const pieces = new ChunkedBody()
  const head = `{"ok":true,${warnings.length > 0 ? `"warnings":${JSON.stringify(warnings)},` : ''}`
  if (format === 'transit') {
    pieces.add(`${head}"resultTransit":"`)
    yield* quote(yield* encodeTransitInSteps(value, () => execution.shouldYield()), pieces, execution)
    pieces.add('"}')
  } else {
    pieces.add(`${head}"result":`)
    yield* encodeJson(value, pieces, execution, 0)
    pieces.add('}')
  }

  return pieces.all()
}

/** An event as a stream has it, in pieces: `{type, payload}`, where the payload is a text of transit. */
export function* encodeEvent(
  type: string,
  value: Value,
  execution: ExecutionContext,
): CooperativeTask<readonly Buffer[]> {
  const pieces = new ChunkedBody()
  pieces.add(`data: {"type":${JSON.stringify(type)},"payload":"`)
  yield* quote(yield* encodeTransitInSteps(value, () => execution.shouldYield()), pieces, execution)
  pieces.add('"}\n\n')
  return pieces.all()
}

/** The text of a JSON string, without its quotation marks. */
function* quote(text: string, pieces: ChunkedBody, execution: ExecutionContext): CooperativeTask<void> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + QUOTED)
    if (isHighSurrogate(text.charCodeAt(to - 1))) to++ // half a character would become an escape of its own
    pieces.add(JSON.stringify(text.slice(from, to)).slice(1, -1))
    from = to
    if (execution.shouldYield()) yield
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd8_00 && code <= 0xdb_ff
}

function* encodeJson(
  value: Value,
  pieces: ChunkedBody,
  execution: ExecutionContext,
  depth: number,
): CooperativeTask<void> {
  if (isLongText(value)) {
    pieces.add('"')
    yield* quote(value, pieces, execution)
    pieces.add('"')
  } else if (depth >= MAX_STEPS_DEPTH || !isLarge(value)) {
    pieces.add(JSON.stringify(toJson(value)))
  } else if (value instanceof ValueMap) {
    let separator = '{'
    for (const [key, item] of value) {
      pieces.add(`${separator}${JSON.stringify(toJson(key))}:`)
      yield* encodeJson(item, pieces, execution, depth + 1)
      separator = ','
    }

    pieces.add('}')
  } else {
    let separator = '['
    for (const item of value as Iterable<Value>) {
      pieces.add(separator)
      yield* encodeJson(item, pieces, execution, depth + 1)
      separator = ','
      if (execution.shouldYield()) yield
    }

    pieces.add(']')
  }
}

/** Returns true for a text that is worth a pause, or a collection that is, or contains one. Maps count only if JSON has them as objects. */
function isLarge(value: Value): boolean {
  if (value instanceof ValueMap) return isLargeMap(value)
  const items = value instanceof List ? value.items : value
  if (Array.isArray(items)) return items.length > FEW || (items as readonly Value[]).some((item) => isLarge(item))
  if (value instanceof ValueSet) return value.size > FEW || [...value].some((item) => isLarge(item))
  return isLongText(value)
}

function isLargeMap(map: ValueMap): boolean {
  for (const key of map.keys()) if (!(key instanceof Keyword)) return false
  if (map.size > FEW) return true
  for (const item of map.values()) if (isLarge(item)) return true
  return false
}

function isLongText(value: Value): value is string {
  return typeof value === 'string' && value.length > QUOTED
}
