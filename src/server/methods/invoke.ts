import {messageOf, ServerError} from '../../lib/errors.js'
import type {Graph} from '../../lib/graph/locate.js'
import {parseGraphName} from '../../lib/graph/name.js'
import {isFull} from '../../lib/sqlite.js'
import {fromJson} from '../../lib/values/json.js'
import {decodeTransit} from '../../lib/values/transit.js'
import {List, type Value} from '../../lib/values/types.js'
import type {Pace, Task} from '../graph/task.js'
import {HttpError} from '../http/answer.js'
import {JsonValues, MAX_JSON_VALUES} from '../json-values.js'
import type {Scheduler} from '../tasks/scheduler.js'
import {METHODS, takesGraph} from './all.js'
import {Arguments} from './arguments.js'
import type {Call, Format} from './call.js'
import {encodeAnswer} from './encode.js'
import type {Method, MethodContext} from './method.js'

/**
 * Runs a method, in its turn, and puts its answer together.
 * @param signal ends it when it aborts: its client has left
 * @throws HttpError with one of the codes of docs/errors.md
 */
export async function invokeMethod(
  scheduler: Scheduler,
  context: MethodContext,
  {args: given, format, method: name, timeoutMs}: Call,
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (!method) throw new HttpError(404, 'unknown-method', `there is no method ${JSON.stringify(name)}`, {method: name})
  try {
    return await scheduler.run((pace) => work({context, format, given, method, name}, pace), {
      signal,
      timeoutMs,
      writes: method.writes ?? false,
    })
  } catch (error) {
    throw explain(error)
  }
}

interface Work {
  context: MethodContext
  format: Format
  given: unknown
  method: Method
  name: string
}

function* work({context, format, given, method, name}: Work, pace: Pace): Task<readonly Buffer[]> {
  const values = format === 'transit' ? readTransit(String(given)) : yield* readPlain(given, pace)
  if (takesGraph(name)) requireRepo(context.graph, values[0])
  if (method.guarded) context.requireMine()
  const args = new Arguments(name, values)
  const result = 'task' in method ? yield* method.task(args, context, pace) : method.answer(args, context)
  return yield* encodeAnswer(result, format, pace)
}

function readTransit(text: string): readonly Value[] {
  const inside = new JsonValues() // the body around it has it as one text
  inside.add(Buffer.from(text))
  if (inside.tooMany) {
    throw new HttpError(413, 'body-too-large', `argsTransit may have at most ${MAX_JSON_VALUES} values`)
  }

  let value: Value
  try {
    value = decodeTransit(text)
  } catch (error) {
    throw new HttpError(400, 'bad-request', `argsTransit is not transit: ${messageOf(error)}`)
  }

  if (value instanceof List) return value.items
  if (Array.isArray(value)) return value as readonly Value[]
  throw new HttpError(400, 'bad-request', 'the arguments are not an array')
}

function* readPlain(given: unknown, pace: Pace): Task<readonly Value[]> {
  if (!Array.isArray(given)) throw new HttpError(400, 'bad-request', 'the arguments are not an array')
  try {
    const values: Value[] = []
    for (const item of given) {
      values.push(Array.isArray(item) ? yield* readItems(item, pace) : fromJson(item))
      if (pace.due()) yield
    }

    return values
  } catch (error) {
    throw new HttpError(400, 'invalid-arguments', messageOf(error))
  }
}

/** The data of a large write is read a little at a time. */
function* readItems(items: readonly unknown[], pace: Pace): Task<Value> {
  const values: Value[] = []
  for (const item of items) {
    values.push(fromJson(item))
    if (pace.due()) yield
  }

  return values
}

function requireRepo(graph: Graph, given: Value | undefined): void {
  if (typeof given !== 'string' || given.trim() === '') throw new HttpError(400, 'missing-repo', 'repo is required')
  if (repoOf(given) !== graph.repo) {
    throw new HttpError(409, 'repo-mismatch', 'repo does not match bound repo', {'bound-repo': graph.repo, repo: given})
  }
}

function repoOf(given: string): string | undefined {
  try {
    return parseGraphName(given).repo
  } catch {
    return undefined // a name that no graph can have
  }
}

/** What went wrong, as a client is told. */
function explain(error: unknown): unknown {
  if (error instanceof HttpError) return error
  if (isFull(error)) return new HttpError(507, 'disk-full', 'there is no room on the disk; nothing was written')
  if (error instanceof ServerError) return new HttpError(500, error.code, error.message, error.details)
  return error
}
