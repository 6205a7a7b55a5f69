import {keyword, symbol, Uuid} from './scalars.js'
import {TransitError} from './transit-error.js'
import {Tagged, type Value} from './types.js'

/** `~#name`, in front of what has a tag. */
export class Tag {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Reads a text of the form `~x...`. @param asMapKey true if it is the key of a map */
export function marked(text: string, asMapKey: boolean): Tag | Value {
  const kind = text[1]
  if (kind === ':') return keyword(text.slice(2))
  const rest = text.slice(2)
  switch (kind) {
    case '#':
      return new Tag(rest)
    case '$':
      return symbol(rest)
    case 'u':
      return new Uuid(rest)
    case '~':
    case '^':
    case '`':
      return text.slice(1)
    case '?':
      return rest === 't'
    case '_':
      return null
    case 'c':
      return rest
    case 'd':
      return number(rest)
    case 'i':
      return integer(rest, asMapKey)
    case 'm':
      return date(number(rest))
    case 't':
      return date(Date.parse(rest))
    case 'z':
      return special(rest)
    case undefined:
      throw new TransitError('a mark without a value')
    default:
      return new Tagged(kind, rest)
  }
}

/** A number beyond what is exact is written like this by those who can hold it, but as a key by JavaScript, too. */
function integer(text: string, asMapKey: boolean): Tagged | number {
  const value = number(text)
  if (!/^-?\d+$/.test(text) || Number.isSafeInteger(value)) return value
  return asMapKey && String(value) === text ? value : new Tagged('i', text)
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new TransitError(`${text} is not a number`)
  return value
}

function date(ms: number): Date {
  const value = new Date(ms)
  if (Number.isNaN(value.getTime())) throw new TransitError('not a point in time')
  return value
}

function special(text: string): number {
  if (text === 'NaN') return Number.NaN
  if (text === 'INF') return Number.POSITIVE_INFINITY
  if (text === '-INF') return Number.NEGATIVE_INFINITY
  throw new TransitError(`${text} is not a special number`)
}
