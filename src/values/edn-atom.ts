import {Keyword, keyword, Sym, symbol, Uuid} from './scalars.js'
import {TransitError} from './transit-error.js'
import {marked} from './transit-scalars.js'
import {Tagged, type Value} from './types.js'
import {isUuidText} from './uuid-text.js'

const NAMED = new Map<string, Value>([
  ['false', false],
  ['nil', null],
  ['true', true],
])

const CHARACTERS = new Map([
  ['backspace', '\b'],
  ['formfeed', '\f'],
  ['newline', '\n'],
  ['return', '\r'],
  ['space', ' '],
  ['tab', '\t'],
])

const SPECIAL = new Map([
  ['Inf', Number.POSITIVE_INFINITY],
  ['NaN', Number.NaN],
  ['-Inf', Number.NEGATIVE_INFINITY],
])

/**
 * Tag of what EDN has no word for, such as a keyword with a blank in it, or a time after the year 9999. A graph can hold it. The
 * value is the text that transit has for it.
 */
const OTHER = 'logseq.server/transit'

/** Returns the EDN of a keyword, symbol, UUID or time, which is a tag with a text where it would be read as something else. */
export function readableWord(value: Date | Keyword | Sym | Uuid, word: string): string {
  return isReadable(value, word) ? word : `#${OTHER} ${JSON.stringify(transitOf(value))}`
}

const KEYWORD = /^:(?![:/])[^\s,()[\]{}";]+(?<!\/)$/
const SYMBOL = /^[^\s,()[\]{}";#'\\][^\s,()[\]{}";]*$/

function isReadable(value: Date | Keyword | Sym | Uuid, word: string): boolean {
  if (value instanceof Keyword) return KEYWORD.test(word)
  if (value instanceof Uuid) return isUuidText(value.text)
  if (value instanceof Date) return /^#inst "\d{4}-/.test(word)
  const read = SYMBOL.test(word) ? readAtom(word) : {}
  return 'value' in read && read.value === value
}

function transitOf(value: Date | Keyword | Sym | Uuid): string {
  if (value instanceof Keyword) return `~:${value.fqn}`
  if (value instanceof Sym) return `~$${value.name}`
  return value instanceof Uuid ? `~u${value.text}` : `~m${value.getTime()}`
}

/**
 * Reads a word of EDN: a number, a keyword, a symbol, nil, true, false.
 * @returns what is wrong with it, for a word that means nothing
 */
export function readAtom(word: string): {problem: string} | {value: Value} {
  const named = NAMED.get(word)
  if (named !== undefined) return {value: named}
  if (word.startsWith(':')) return readKeyword(word)
  if (/^[+-]?\d/.test(word)) return readNumber(word)
  if (/^[\^`@~]/.test(word)) return {problem: `${word} is not EDN`}
  return {value: symbol(word)}
}

function readKeyword(word: string): {problem: string} | {value: Value} {
  if (word.startsWith('::')) return {problem: `${word}: a keyword begins with one colon`}
  const name = word.slice(1)
  if (name === '' || name.startsWith('/') || name.endsWith('/')) return {problem: `${word} is not a keyword`}
  return {value: keyword(name)}
}

/** Integers that JavaScript cannot hold exactly stay text, as transit has them: `i`, or `n` for those with an N. */
function readNumber(word: string): {problem: string} | {value: Value} {
  const [, digits, fraction, suffix] = /^([+-]?(?:0|[1-9]\d*))((?:\.\d*)?(?:[eE][+-]?\d+)?)([NM]?)$/.exec(word) ?? []
  if (digits === undefined || (suffix === 'N' && fraction !== '')) return {problem: `${word} is not a number`}
  const value = Number(digits + fraction)
  if (fraction !== '' || suffix === 'M') return {value}
  const exact = digits.replace('+', '')
  if (Number.isSafeInteger(value) || String(value) === exact) return {value}
  return {value: new Tagged(suffix === 'N' ? 'n' : 'i', exact)}
}

/** @param name what follows the backslash: `a`, `newline`, `u0041`; undefined when there is no such character */
export function readCharacter(name: string): string | undefined {
  if (/^u[\dA-Fa-f]{4}$/.test(name)) return String.fromCharCode(Number.parseInt(name.slice(1), 16))
  return [...name].length === 1 ? name : CHARACTERS.get(name)
}

/** Returns the number of `##Inf`, `##-Inf` or `##NaN`; undefined for any other name. */
export function readSpecial(name: string): number | undefined {
  return SPECIAL.get(name)
}

/** Reads a value with a tag in front: `#uuid "..."`, `#inst "..."`, anything else as it stands. */
export function readTagged(tag: string, value: Value): {problem: string} | {value: Value} {
  if (tag === 'uuid') {
    if (typeof value === 'string' && isUuidText(value)) return {value: new Uuid(value)}
    return {problem: 'expected a text such as "6735d1a3-2b4c-4d5e-8f90-123456789abc" after #uuid'}
  }

  if (tag === 'inst') {
    const date = typeof value === 'string' ? readInstant(value) : undefined
    return date ? {value: date} : {problem: 'expected a time such as "2026-11-24T12:00:00.000Z" after #inst'}
  }

  if (tag === OTHER && typeof value === 'string' && /^~[:$um]/.test(value)) return readOther(value)
  return {value: new Tagged(tag, value)}
}

function readOther(text: string): {problem: string} | {value: Value} {
  try {
    return {value: marked(text, false)}
  } catch (error) {
    if (!(error instanceof TransitError)) throw error
    return {problem: `${text} is not transit`}
  }
}

/** A time without a zone is UTC, whatever JavaScript makes of it. */
function readInstant(text: string): Date | undefined {
  if (!/^\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?$/.test(text)) return undefined
  const date = new Date(/T[^Z+-]*$/.test(text) ? `${text}Z` : text)
  return Number.isNaN(date.getTime()) ? undefined : date
}
