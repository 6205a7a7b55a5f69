import {Keyword, keyword, Sym} from '../../../values/scalars.js'
import type {Value} from '../../../values/types.js'
import {
  ArgumentError,
  boundedEdn,
  type Functions,
  integerIn,
  joinedTexts,
  takes,
  takesAtLeast,
  textIn,
  wrongArgument,
} from './callable.js'
import {itemsOf} from './collections.js'

/** Texts and names. Those of `clojure.string` have its names, without the namespace. */
export const TEXTS: Functions = {
  keyword: takes(1, ([first, second]) => keywordOf(first, second), 2),
  name: takes(1, ([value]) => nameOf(value)),
  namespace: takes(1, ([value]) => namespaceOf(value)),
  'pr-str': takesAtLeast(0, (args) => joinedTexts(mapped(args, boundedEdn), ' ')),
  'print-str': takesAtLeast(0, (args) => joinedTexts(mapped(args, printed), ' ')),
  str: takesAtLeast(0, (args) => joined(args, '')),
  subs: takes(2, ([text, from, to]) => substring(textIn(text), from, to), 3),
}

export const CLOJURE_STRING: Functions = {
  'blank?': takes(1, ([text]) => text === null || textIn(text).trim() === ''),
  capitalize: takes(1, ([text]) => capitalize(textIn(text))),
  'ends-with?': takes(2, ([text, end]) => textIn(text).endsWith(textIn(end))),
  'includes?': takes(2, ([text, part]) => textIn(text).includes(textIn(part))),
  'index-of': takes(2, ([text, part]) => indexIn(textIn(text), textIn(part))),
  join: takes(
    1,
    ([first, second]) => (second === undefined ? joined(itemsOf(first), '') : joined(itemsOf(second), textIn(first))),
    2,
  ),
  'lower-case': takes(1, ([text]) => textIn(text).toLowerCase()),
  'starts-with?': takes(2, ([text, start]) => textIn(text).startsWith(textIn(start))),
  trim: takes(1, ([text]) => textIn(text).trim()),
  'upper-case': takes(1, ([text]) => textIn(text).toUpperCase()),
}

/** Returns the text that `str` makes of a value; an empty one for nil. */
function textOf(value: Value): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  return typeof value === 'object' && Symbol.iterator in value ? boundedEdn(value) : String(value)
}

/** Returns the text that `print-str` makes of a value: its EDN, but of a string the string. */
function printed(value: Value): string {
  return typeof value === 'string' ? value : boundedEdn(value)
}

function joined(values: Iterable<Value>, separator: string): string {
  return joinedTexts(mapped(values, textOf), separator)
}

/** One text after the other: the rest is not made when they get too long. */
function* mapped(values: Iterable<Value>, text: (value: Value) => string): Generator<string, void, undefined> {
  for (const value of values) yield text(value)
}

function nameOf(value: Value): string {
  if (value instanceof Keyword) return value.name
  if (value instanceof Sym) return value.name.slice(value.name.lastIndexOf('/') + 1)
  return textIn(value)
}

function namespaceOf(value: Value): null | string {
  if (value instanceof Keyword) return value.namespace
  throw wrongArgument('a keyword', value)
}

function keywordOf(first: Value, second: undefined | Value): Keyword {
  if (second !== undefined) return keyword(`${textIn(first)}/${textIn(second)}`)
  return first instanceof Keyword ? first : keyword(nameOf(first))
}

function substring(text: string, from: Value, to: undefined | Value): string {
  const start = integerIn(from)
  const end = to === undefined ? text.length : integerIn(to)
  if (start < 0 || end > text.length || start > end)
    throw new ArgumentError(`expected positions within the ${text.length} characters, got ${start} and ${end}`)
  return text.slice(start, end)
}

function indexIn(text: string, part: string): null | number {
  const index = text.indexOf(part)
  return index === -1 ? null : index
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
}
