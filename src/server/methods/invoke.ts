import {createHash} from 'node:crypto'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {messageOf, ServerError} from '../../lib/errors.js'
import {isUnservedSync, takesRepo} from '../../protocol/methods/all.js'
import {showEdn} from '../../values/edn-write.js'
import {TooManyValuesError} from '../../values/json-text.js'
import {fromJsonInSteps, JsonValueError} from '../../values/json.js'
import {namesMade} from '../../values/scalars.js'
import {
  decodeTransit,
  decodeTransitInSteps,
  encodeTransit,
  encodeTransitInSteps,
  TransitError,
} from '../../values/transit.js'
import {List, type Value} from '../../values/types.js'
import {MAX_JSON_VALUES, showJson, tooManyValues} from '../json-values.js'
import type {Scheduler} from '../scheduler/scheduler.js'
import {METHODS} from './all.js'
import {argumentAt, invalidArgument, readArguments, wrongArgument} from './arguments.js'
import type {Call, Format} from './call.js'
import {encodeAnswer} from './encode.js'
import {explainFailure} from './failure.js'
import type {CallContext, Method, MethodContext, Written} from './method.js'
import {requireRepo, requireWritable} from './requirements.js'

/**
 * Runs a method, in its turn, and puts its answer together.
 * @param signal ends it when it aborts: its client has left
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function invokeMethod(
  scheduler: Scheduler,
  context: MethodContext,
  {args: given, era, format, hold, method: name, requestId, timeoutMs, upload}: Call,
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  const method = METHODS.get(name)
  if (!method) throw notServed(name)
  let isWritten = false
  const onWritten = (written: Written) => {
    isWritten = true
    context.onWritten(written)
  }

  try {
    return await scheduler.run(
      (execution) =>
        work({context: {...context, onWritten}, era, format, given, hold, method, requestId, upload}, execution),
      {
        signal,
        timeoutMs,
        writes: isExclusive(method),
      },
    )
  } catch (error) {
    throw explainFailure(error, context.graph.dir, isWritten)
  }
}

function notServed(name: string): ServerError {
  if (isUnservedSync(name))
    return new ServerError(
      'sync-not-served',
      `${name} is about synchronisation or encryption, which this server does not support`,
      {
        details: {method: name},
      },
    )
  // In the words that Logseq's clients know.
  return new ServerError('unknown-method', `unknown method: ${name}`, {details: {method: name}})
}

/** Returns true if a method takes its turn among the writes. */
export function waitsForWrites(name: string): boolean {
  const method = METHODS.get(name)
  return method !== undefined && isExclusive(method)
}

function isExclusive({access, exclusive}: Method): boolean {
  return access === 'write' || exclusive === true
}

interface Work {
  context: MethodContext
  era: Call['era']
  format: Format
  given: unknown
  hold: Call['hold']
  method: Method
  requestId: string | undefined
  upload: string | undefined
}

function* work(
  {context, era, format, given, hold, method, requestId, upload}: Work,
  execution: ExecutionContext,
): CooperativeTask<readonly Buffer[]> {
  const reader =
    format === 'transit' ? readTransit(String(given), execution, hold) : readPlain(given, method, execution)
  const values = yield* withFewNewNames(reader)
  const isAboutGraph = takesRepo(method.name)
  const repo = isAboutGraph ? requireRepo(context.graph, values[0]) : ''
  if (isAboutGraph && method.access !== 'read') context.assertOwnership()
  const id = method.access === 'write' ? requestId : undefined
  const named = id === undefined ? undefined : `${method.name} ${yield* digest(given, values, execution)}`
  const done = id === undefined || named === undefined ? undefined : findDone(context, id, named)
  if (done !== undefined) return yield* encodeAnswer(readDone(done), {format, warnings: []}, execution)
  if (method.access === 'write') requireWritable(context)
  const warnings: string[] = []
  const call: CallContext = {
    ...context,
    era,
    remember:
      id === undefined || named === undefined
        ? undefined
        : (result) => context.requests.remember({id, method: named, result: encodeTransit(result)}),
    repo,
    upload,
    warn: (message) => warnings.push(message),
    wrong: (argument, expected, got) => wrongArgument(method.name, argument, expected, got),
  }
  const result = yield* method.run(readArguments(method.name, method.args, values), call, execution)
  return yield* encodeAnswer(result, {format, warnings}, execution)
}

/** The answer of a write that was done before, as transit. It was in the queue of writes, so it is not under way. */
function findDone({requests}: MethodContext, id: string, named: string): string | undefined {
  const done = requests.lookUp(id)
  if (done === undefined || done.method === named) return done?.result
  throw new ServerError(
    'bad-request',
    `request-id ${id} is that of another call: expected the same method and arguments`,
    {
      hint: 'Use a new UUID for each write. Repeat a write with exactly the arguments that were sent first.',
    },
  )
}

function readDone(done: string): Value {
  try {
    return decodeTransit(done)
  } catch (error) {
    throw new ServerError('graph-damaged', 'the stored response of a write is not readable', {cause: error})
  }
}

/** Number of characters that are hashed at once. */
const HASHED = 256 * 1024

/**
 * Identifies the arguments of a call by the hash of their transit text. Transit that was sent is hashed as it is, which
 * is cheap; a client that repeats a call sends the same text.
 */
function* digest(given: unknown, values: readonly Value[], execution: ExecutionContext): CooperativeTask<string> {
  const text = typeof given === 'string' ? given : yield* encodeTransitInSteps(values, () => execution.shouldYield())
  const hash = createHash('sha256')
  for (let at = 0; at < text.length; at += HASHED) {
    hash.update(text.slice(at, at + HASHED), 'utf16le')
    if (execution.shouldYield()) yield
  }

  return hash.digest('base64url')
}

function* readTransit(
  text: string,
  execution: ExecutionContext,
  hold: Call['hold'],
): CooperativeTask<readonly Value[]> {
  let value: Value
  try {
    value = yield* decodeTransitInSteps(text, {
      shouldYield: () => execution.shouldYield(),
      reserveValues: hold,
      maxValues: MAX_JSON_VALUES,
    })
  } catch (error) {
    if (error instanceof TooManyValuesError) throw tooManyValues('argsTransit', error)
    if (error instanceof TransitError)
      throw new ServerError('bad-request', `argsTransit: expected transit, got a text that is not: ${messageOf(error)}`)
    throw error
  }

  if (value instanceof List) return value.items
  if (Array.isArray(value)) return value as readonly Value[]
  throw notArray('argsTransit', showEdn(value))
}

function* readPlain(
  given: unknown,
  {args, name}: Method,
  execution: ExecutionContext,
): CooperativeTask<readonly Value[]> {
  if (!Array.isArray(given)) throw notArray('args', showJson(given))
  const values: Value[] = []
  try {
    for (const item of given) values.push(yield* fromJsonInSteps(item, () => execution.shouldYield()))
  } catch (error) {
    if (!(error instanceof JsonValueError)) throw error
    throw invalidArgument(name, argumentAt(args, values.length), error.problem, error.path)
  }

  return values
}

function notArray(field: string, got: string): ServerError {
  return new ServerError('bad-request', `${field}: expected an array, got ${got}`)
}

/** A request may bring so many keywords and symbols that nothing here has held before. */
const MAX_NEW_NAMES = 50_000

/**
 * Runs a reader of arguments, and limits new names. Each new name costs more than any other value, and is tracked while
 * it is in use. No graph has a ten thousandth of the names that fit into one body.
 */
function* withFewNewNames<T>(reader: CooperativeTask<T>): CooperativeTask<T> {
  for (let made = 0; ;) {
    const before = namesMade()
    const {done, value} = reader.next()
    if (done) return value
    made += namesMade() - before
    if (made > MAX_NEW_NAMES)
      throw new ServerError('body-too-large', `a request may bring at most ${MAX_NEW_NAMES} new keywords and symbols`)
    yield
  }
}
