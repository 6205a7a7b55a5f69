import {messageOf, ServerError} from '../lib/errors.js'
import {readEdn} from '../values/edn-read.js'
import {fromJson} from '../values/json.js'
import type {Value} from '../values/types.js'

/**
 * Parses a value from the command line: JSON, else EDN.
 * @param what name of the argument, for the error
 * @throws ServerError `usage`
 */
export function readValue(text: string, what: string): Value {
  const json = readJson(text)
  if (json === undefined) requireStraightQuotes(text, 'usage', what)
  try {
    return json === undefined ? readEdn(text) : fromJson(json)
  } catch (error) {
    const form = json === undefined ? 'neither JSON nor EDN' : 'not a value in plain JSON'
    throw new ServerError('usage', `${what} is ${form}: ${messageOf(error)}`, {
      details: {argument: text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text},
      hint: 'Write it as EDN, e.g. \'[:block/name "demo"]\', or as JSON; a text needs its quotation marks, e.g. \'"demo"\'.',
    })
  }
}

const MAX_SHOWN = 200

/** Parts of EDN in which any character may stand: texts, characters and comments. */
const FREE = /"(?:[^"\\]|\\.)*"|\\.|;[^\n]*/gsu

/**
 * Refuses quotation marks of editors and chat programs outside of texts: EDN would read what they enclose as symbols, which match
 * nothing.
 * @param what name of the text, for the error
 * @throws ServerError with the given code
 */
export function requireStraightQuotes(text: string, code: 'invalid-query' | 'usage', what: string): void {
  const [found] =
    /(?<=^|[\s,'([{])[\u201C-\u201F][^\s\u201C-\u201F]*[\u201C-\u201F]?/u.exec(text.replaceAll(FREE, ' ')) ?? []
  if (found === undefined) return
  throw new ServerError(code, `${what} has other quotation marks than EDN: ${found}`, {
    hint: `Write texts in straight quotation marks: "${found.replaceAll(/[\u201C-\u201F]/gu, '')}".`,
  })
}

/**
 * Parses a query as EDN.
 * @throws ServerError `invalid-query`
 */
export function readQuery(text: string): Value {
  requireStraightQuotes(text, 'invalid-query', 'The query')
  try {
    return readEdn(text)
  } catch (error) {
    throw new ServerError('invalid-query', `The query is not EDN: ${messageOf(error)}`)
  }
}

/** Parses the arguments of a method: one value each, or a single `-` for an array on stdin. */
export async function readArguments(given: readonly string[], stdin: () => Promise<string>): Promise<readonly Value[]> {
  if (given.length !== 1 || given[0] !== '-') return given.map((text, i) => readValue(text, `Argument ${i + 1}`))
  const value = readValue(await stdin(), 'stdin')
  if (Array.isArray(value)) return value as readonly Value[]
  throw new ServerError('usage', 'stdin is not an array', {
    hint: 'Send one JSON or EDN array with all arguments except the graph.',
  })
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not EDN, or empty: the next reader reports it
  }
}
