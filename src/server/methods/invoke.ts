import type {Pace, Task} from '../../engine/task.js'
import {messageOf, ServerError} from '../../lib/errors.js'
import type {Graph} from '../../lib/graphs/locate.js'
import {parseGraphName} from '../../lib/graphs/name.js'
import {isFull} from '../../lib/sqlite.js'
import {fromJson} from '../../values/json.js'
import {decodeTransit} from '../../values/transit.js'
import {List, type Value} from '../../values/types.js'
import {JsonValues, MAX_JSON_VALUES} from '../json-values.js'
import type {Scheduler} from '../scheduler/scheduler.js'
import {METHODS, takesGraph} from './all.js'
import {Arguments} from './arguments.js'
import type {Call, Format} from './call.js'
import {encodeAnswer} from './encode.js'
import type {Method, MethodContext} from './method.js'

/**
 * Runs a method, in its turn, and puts its answer together.
 * @param signal ends it when it aborts: its client has left
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function invokeMethod(
  scheduler: Scheduler,
  context: MethodContext,
  {args: given, format, method: name, timeoutMs}: Call,
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (!method)
    throw new ServerError('unknown-method', `there is no method ${JSON.stringify(name)}`, {details: {method: name}})
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
    throw new ServerError('body-too-large', `argsTransit may have at most ${MAX_JSON_VALUES} values`)
  }

  let value: Value
  try {
    value = decodeTransit(text)
  } catch (error) {
    throw new ServerError('bad-request', `argsTransit is not transit: ${messageOf(error)}`)
  }

  if (value instanceof List) return value.items
  if (Array.isArray(value)) return value as readonly Value[]
  throw new ServerError('bad-request', 'the arguments are not an array')
}

function* readPlain(given: unknown, pace: Pace): Task<readonly Value[]> {
  if (!Array.isArray(given)) throw new ServerError('bad-request', 'the arguments are not an array')
  try {
    const values: Value[] = []
    for (const item of given) {
      values.push(Array.isArray(item) ? yield* readItems(item, pace) : fromJson(item))
      if (pace.due()) yield
    }

    return values
  } catch (error) {
    throw new ServerError('invalid-arguments', messageOf(error))
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
  if (typeof given !== 'string' || given.trim() === '') throw new ServerError('missing-repo', 'repo is required')
  if (repoOf(given) !== graph.repo) {
    throw new ServerError('repo-mismatch', 'repo does not match bound repo', {
      details: {'bound-repo': graph.repo, repo: given},
    })
  }
}

function repoOf(given: string): string | undefined {
  try {
    return parseGraphName(given).repo
  } catch {
    return undefined // a name that no graph can have
  }
}

/** A full disk is told apart from a bug. */
function explain(error: unknown): unknown {
  return isFull(error) ? new ServerError('disk-full', 'there is no room on the disk; nothing was written') : error
}
