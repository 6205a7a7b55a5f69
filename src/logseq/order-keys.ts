/** The digits of order keys, in their order. A key is an integer part, whose first letter determines its length, and a fraction. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const FIRST = DIGITS[0]!
const LAST = DIGITS.at(-1)!

const ORDER_HEAD = /^[A-Za-z]/
const SMALLEST = `A${FIRST.repeat(26)}`
const BEFORE_A = 'Z'
const AFTER_Z = 'a'

/** Returns true for an order key. Only its length and its ends are checked, as in Logseq. */
export function isOrderKey(text: string): boolean {
  if (!ORDER_HEAD.test(text) || text === SMALLEST) return false
  const length = integerLength(text)
  return text.length >= length && !(text.length > length && text.endsWith(FIRST))
}

/**
 * A key between two others.
 * @param a null for before all
 * @param b null for after all
 * @throws Error for what is not a key, or when `a` does not come before `b`
 */
export function orderBetween(a: null | string, b: null | string): string {
  for (const key of [a, b]) if (key !== null && !isOrderKey(key)) throw new Error(`invalid order key: ${key}`)
  if (a !== null && b !== null && a >= b) throw new Error(`${a} >= ${b}`)
  if (a === null) return b === null ? `${AFTER_Z}${FIRST}` : orderBelow(b)
  const [whole, fraction] = split(a)
  if (b === null) {
    const next = increment(whole)
    return next ?? whole + middle(fraction)
  }

  const [otherWhole, otherFraction] = split(b)
  if (whole === otherWhole) return whole + middle(fraction, otherFraction)
  const next = increment(whole)
  return next !== undefined && next < b ? next : whole + middle(fraction)
}

/** Some keys between two others, in their order. @throws as `orderBetween` */
export function ordersBetween(a: null | string, b: null | string, count: number): string[] {
  if (count === 0) return []
  if (count === 1) return [orderBetween(a, b)]
  if (b === null || a === null) {
    const keys: string[] = []
    let key = b === null ? a : b
    for (let i = 0; i < count; i++) {
      key = b === null ? orderBetween(key, null) : orderBetween(null, key)
      keys.push(key)
    }

    return b === null ? keys : keys.toReversed()
  }

  const half = Math.floor(count / 2)
  const key = orderBetween(a, b)
  return [...ordersBetween(a, key, half), key, ...ordersBetween(key, b, count - half - 1)]
}

function integerLength(key: string): number {
  const head = key.codePointAt(0)!
  return key[0]! >= AFTER_Z ? head - AFTER_Z.codePointAt(0)! + 2 : BEFORE_A.codePointAt(0)! - head + 2
}

function split(key: string): [whole: string, fraction: string] {
  const length = integerLength(key)
  return [key.slice(0, length), key.slice(length)]
}

function orderBelow(key: string): string {
  const [whole, fraction] = split(key)
  if (fraction !== '') return whole + middle('', fraction)
  return decrement(whole) ?? whole + middle('')
}

/** The next integer part; undefined after the last. */
function increment(whole: string): string | undefined {
  return step(whole, LAST, FIRST, 1)
}

/** The integer part before; undefined before the first. */
function decrement(whole: string): string | undefined {
  return step(whole, FIRST, LAST, -1)
}

/** Counts by one, with a carry at each digit that is the end. */
function step(whole: string, end: string, start: string, by: -1 | 1): string | undefined {
  let kept = whole.length
  while (kept > 1 && whole[kept - 1] === end) kept--
  if (kept === 1) return stepHead(whole, start, by)
  const digit = DIGITS[DIGITS.indexOf(whole[kept - 1]!) + by]!
  return whole.slice(0, kept - 1) + digit + start.repeat(whole.length - kept)
}

/** All digits are at their end: the head counts, and says another length. */
function stepHead(whole: string, start: string, by: -1 | 1): string | undefined {
  const head = whole[0]!
  if (head === (by === 1 ? 'z' : 'A')) return undefined
  if (by === 1 && head === BEFORE_A) return AFTER_Z + start
  if (by === -1 && head === AFTER_Z) return BEFORE_A + start
  const next = String.fromCodePoint(head.codePointAt(0)! + by)
  return next + start.repeat(integerLength(next) - 1)
}

/** A fraction between two; without the second, after the first. */
function middle(x: string, y?: string): string {
  let common = 0
  if (y !== undefined) while (common < y.length && (x[common] ?? FIRST) === y[common]) common++
  if (y !== undefined && common > 0) return y.slice(0, common) + middle(x.slice(common), y.slice(common))
  const low = x === '' ? 0 : DIGITS.indexOf(x[0]!)
  const high = y === undefined ? DIGITS.length : DIGITS.indexOf(y[0]!)
  if (high - low > 1) return DIGITS[Math.floor((low + high + 1) / 2)]!
  if (y !== undefined && y.length > 1) return y[0]!
  return (x[0] ?? FIRST) + middle(x.slice(1))
}
