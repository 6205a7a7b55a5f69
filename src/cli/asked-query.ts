import {queryPart} from '../lib/client/query-part.js'
import {ServerError} from '../lib/errors.js'
import {writeEdn} from '../values/edn-write.js'
import {present} from '../values/present.js'
import {keyword, symbol} from '../values/scalars.js'
import {List, type Value, ValueMap} from '../values/types.js'
import {readQuery, readValue, requireStraightQuotes} from './arguments.js'
import {mistypedInput, resolveInput} from './date-inputs.js'
import {type FindColumns, findColumns} from './find-columns.js'

/** Query as a user wrote it, ready to be sent. */
export interface AskedQuery {
  found: FindColumns
  inputs: readonly Value[]
  /** Query text, which may contain forms that only text can express; or a map with a query in the short notation. */
  query: ValueMap | string
  /** True for a query in Logseq's short notation, such as `(task todo)`, which has methods of its own. */
  short: boolean
  warnings: readonly string[]
}

const QUERY = keyword('query')
const IN = keyword('in')
const RULES = symbol('%')

/** Reference to a page, whose title may have any character. */
const PAGE_REFERENCE = /\[\[.*?\]\]/gs

/** Keys of Logseq's query form that affect display. Functions among them change the result. */
const FUNCTIONS = [keyword('result-transform'), keyword('view')]

/**
 * Parses a query and its inputs. A map with `:query` is Logseq's form, with `:inputs` and `:rules`; its other keys
 * concern display.
 * @param given inputs in addition to those of the form
 * @param now current time, for inputs such as `:today`
 * @throws ServerError `invalid-query`, `usage`
 */
export function readAskedQuery(text: string, given: readonly string[], now: Date): AskedQuery {
  const written = withoutBlock(text)
  if (isShort(written)) return shortQuery(written.trim(), given)
  const form = readQuery(written)
  requireForm(form)
  const warnings: string[] = []
  const resolve = (input: Value): Value => {
    const mistyped = mistypedInput(input, now)
    if (mistyped !== undefined) warnings.push(mistyped)
    return resolveInput(input, now)
  }

  const inputs = given.map((input, i) => resolve(readValue(input, `Input ${i + 1}`)))
  if (!(form instanceof ValueMap && form.has(QUERY)))
    return {found: findColumns(form), inputs, query: written, short: false, warnings}
  const query = present(form.get(QUERY))
  const ignored = FUNCTIONS.filter((name) => form.has(name)).map(
    (name) => `${name} is ignored, because it only affects the display in Logseq`,
  )
  if (query instanceof List || typeof query === 'string')
    return shortQuery(typeof query === 'string' ? query : new ValueMap([[QUERY, query]]), given, ignored)
  requireDatalog(query)
  const own = itemsOf(form.get(keyword('inputs')) ?? null).map((input) => resolve(pageName(input)))
  const rules = form.get(keyword('rules')) ?? null
  const asked = rules === null ? {inputs: [...own, ...inputs], query} : withRules(query, [...own, ...inputs], rules)
  return {
    found: findColumns(query),
    inputs: asked.inputs,
    query: writeEdn(asked.query),
    short: false,
    warnings: [...warnings, ...ignored],
  }
}

/** Returns true for a text in Logseq's short notation: `(and [[Page]] (task todo))` or `[[Page]]`. */
function isShort(text: string): boolean {
  return /^\s*(?:\(|\[\[[^[\]]+\]\]\s*$)/.test(text)
}

function shortQuery(query: ValueMap | string, given: readonly string[], warnings: readonly string[] = []): AskedQuery {
  if (typeof query === 'string')
    requireStraightQuotes(query.replaceAll(PAGE_REFERENCE, ' '), 'invalid-query', 'The query')
  if (given.length > 0)
    throw new ServerError('usage', 'A query in the short notation takes no inputs', {
      hint: 'Write the values into the query, for example `(property :user.property/rating 5)`.',
    })
  return {found: {columns: ['block'], shape: 'relation'}, inputs: [], query, short: true, warnings}
}

/** As it stands in a page: what is between `#+BEGIN_QUERY` and `#+END_QUERY`. */
function withoutBlock(text: string): string {
  return /^\s*#\+BEGIN_QUERY\b(.*?)(?:#\+END_QUERY\s*)?$/is.exec(text)?.[1] ?? text
}

/** @throws ServerError `invalid-query` for what cannot be a query; a single word is most often the name of the graph */
function requireForm(form: Value): void {
  if (Array.isArray(form) || form instanceof ValueMap) return
  const text = writeEdn(form).slice(0, 200)
  const example = "`logseq query '[:find ?b :where [?b :block/name]]' --repo NAME`"
  throw new ServerError('invalid-query', `Expected a query, a vector or a map with :find, got ${text}`, {
    hint: `The query comes first, and the graph has a flag of its own: ${example}.`,
  })
}

function requireDatalog(query: Value): void {
  if (queryPart(query, 'find').length > 0) return
  throw new ServerError('invalid-query', `:query has no :find: ${writeEdn(query).slice(0, 200)}`, {
    hint: 'Write a query with :find and :where, or one in the short notation, such as (task todo).',
  })
}

/** Inserts rules at the position of `%` in `:in`, or after all other inputs. */
function withRules(query: Value, inputs: readonly Value[], rules: Value): {inputs: readonly Value[]; query: Value} {
  const at = queryPart(query, 'in').indexOf(RULES)
  if (at > 0) return {inputs: inputs.toSpliced(at - 1, 0, rules), query}
  return {inputs: [...inputs, rules], query: withInput(query)}
}

function withInput(query: Value): Value {
  const names = queryPart(query, 'in')
  const all = [...(names.length > 0 ? names : [symbol('$')]), RULES]
  if (query instanceof ValueMap) return new ValueMap([...query, [IN, all]])
  const items = itemsOf(query)
  const start = items.indexOf(IN)
  return start === -1 ? [...items, IN, ...all] : items.toSpliced(start + 1, names.length, ...all)
}

/** Converts `[[Page]]` to the lower-case name of the page, as in Logseq's inputs. */
function pageName(input: Value): Value {
  const [, name] = (typeof input === 'string' && /^\[\[(.+)\]\]$/.exec(input)) || []
  return name === undefined ? input : name.toLowerCase()
}

function itemsOf(value: Value): readonly Value[] {
  if (value instanceof List) return value.items
  return Array.isArray(value) ? (value as readonly Value[]) : []
}
