import {methodName} from '../../protocol/methods/all.js'
import {EdnError, readEdn} from '../../values/edn-read.js'
import {writeEdn} from '../../values/edn-write.js'
import {Sym} from '../../values/scalars.js'
import {encodeTransit, TransitError} from '../../values/transit.js'
import type {Value} from '../../values/types.js'
import {type ErrorCode, ServerError} from '../errors.js'
import {queryPart} from './query-part.js'

/**
 * Encodes the arguments of a call as transit. A query, rules or a selector with a value that transit cannot express,
 * such as a regular expression, is sent as EDN text, which the server parses.
 * @param args arguments with the graph first
 * @throws ServerError `invalid-query`, `invalid-transaction` or `invalid-arguments` if an argument cannot be sent
 */
export function encodeArguments(method: string, args: readonly Value[]): string {
  const name = methodName(method)
  try {
    const written = encode(args)
    if (written !== undefined) return written
    const withText = withTexts(name, args)
    return encode(withText) ?? refuse(name, withText)
  } catch (error) {
    if (error instanceof EdnError) throw new ServerError(codeOf(name), `The arguments cannot be sent: ${error.message}`)
    throw error
  }
}

/** Encodes a value. @returns undefined if transit cannot express it */
function encode(value: Value): string | undefined {
  try {
    return encodeTransit(value)
  } catch (error) {
    if (error instanceof TransitError) return undefined
    throw error
  }
}

function withTexts(name: string, args: readonly Value[]): readonly Value[] {
  if (name === 'thread-api/q') return args.map((arg, i) => (i === 1 && Array.isArray(arg) ? queryWithTexts(arg) : arg))
  return name === 'thread-api/pull' ? args.map((arg, i) => (i === 1 ? asText(arg) : arg)) : args
}

/** Converts `[query & inputs]`; the graph, which is the first input, is not among them. */
function queryWithTexts([query, ...inputs]: readonly Value[]): Value {
  const form = typeof query === 'string' ? readEdn(query) : (query ?? null)
  const names = queryPart(form, 'in').slice(1)
  const isRules = (i: number) => names[i] instanceof Sym && names[i].name === '%'
  return [asText(query ?? null), ...inputs.map((input, i) => (isRules(i) ? asText(input) : input))]
}

function asText(form: Value): string {
  return typeof form === 'string' ? form : writeEdn(form)
}

/** Throws the error that names the argument and the reason. */
function refuse(name: string, args: readonly Value[]): never {
  const [query] = args.slice(1)
  const inQuery = name === 'thread-api/q' && Array.isArray(query)
  const parts: readonly Value[] = inQuery ? (query as readonly Value[]).slice(1) : args.slice(1)
  const at = parts.findIndex((part) => encode(part) === undefined)
  const reason = reasonOf(parts[at] ?? null)
  throw new ServerError(codeOf(name), `${inQuery ? 'input' : 'argument'} ${at + 1} cannot be sent: ${reason}`, {
    hint: inQuery
      ? 'Write it into the query itself, for example [(re-pattern "...") ?x].'
      : 'Use strings, numbers, keywords and collections of these.',
  })
}

function reasonOf(value: Value): string {
  try {
    encodeTransit(value)
  } catch (error) {
    if (error instanceof TransitError) return error.message
    throw error
  }

  return 'it is not a value of the graph'
}

const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['thread-api/pull', 'invalid-query'],
  ['thread-api/q', 'invalid-query'],
  ['thread-api/transact', 'invalid-transaction'],
])

function codeOf(name: string): ErrorCode {
  return CODES.get(name) ?? 'invalid-arguments'
}
