import {requireOwnerId} from '../lib/lock/owner.js'

/** Longest time that a timer of Node.js can wait, in ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** The longest time that the server takes for one request, in ms. */
const MAX_QUERY_MS = 60 * 60 * 1000

/** How the text of a flag becomes its value. */
export interface ValueReader<T> {
  /** What a person may give, as it stands behind "use". */
  expected: string
  /** @returns the value, or undefined when the text has none */
  read(text: string): T | undefined
}

/** Reads a time as people write it: `30s`, `500ms`, `2m`, or a number of milliseconds. @returns ms */
function readTime(text: string, max = MAX_TIMEOUT_MS): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim()) ?? []
  const ms = Number(number) * ({m: 60_000, s: 1000}[unit ?? ''] ?? 1)
  return ms > 0 && ms <= max ? Math.ceil(ms) : undefined
}

/** A path that is there at all: an empty one, of a variable that is not set, would mean the working directory. */
const path: ValueReader<string> = {
  expected: 'a path that is not empty',
  read: (text) => (text === '' ? undefined : text),
}

/** Reads a whole number from `min` on. */
function wholeNumber(min: number): ValueReader<number> {
  return {
    expected: `a whole number, ${min} or more`,
    read(text) {
      const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
      return Number.isSafeInteger(number) && number >= min ? number : undefined
    },
  }
}

/** The readers of flags whose values have a form, by the name of the flag. A flag means the same in each command. */
export const FLAG_VALUES = {
  'data-dir': path,
  file: path,
  keep: wholeNumber(1),
  'owner-id': {
    expected: 'up to 128 letters, digits and the characters . _ : @ -, beginning with a letter or digit',
    read(text) {
      try {
        return requireOwnerId(text)
      } catch {
        return undefined // the sentence is made from `expected`
      }
    },
  },
  'owner-pid': wholeNumber(1),
  'query-timeout': {expected: '30s, 500ms or 2m, an hour at most', read: (text) => readTime(text, MAX_QUERY_MS)},
  timeout: {expected: '30s, 500ms or 2m', read: (text) => readTime(text)},
  'worker-script': path,
} as const satisfies Record<string, ValueReader<number | string>>

/** The reader of a flag by its name, or undefined when any text is its value. */
export function readerOf(name: string): ValueReader<number | string> | undefined {
  return Object.hasOwn(FLAG_VALUES, name) ? FLAG_VALUES[name as keyof typeof FLAG_VALUES] : undefined
}
