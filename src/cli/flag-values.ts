import {requireOwnerId} from '../lib/lock/owner.js'

/** Longest delay of a Node.js timer, in ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** Longest time that the server allows for a request, in ms. */
const MAX_QUERY_MS = 60 * 60 * 1000

/** Converts the text of a flag to its value. */
export interface ValueReader<T> {
  /** Valid values, as a phrase that follows "use". */
  expected: string
  /** @returns the value, or undefined if the text is not valid */
  read(text: string): T | undefined
}

/** Units of a time, in ms. */
const UNITS = {d: 86_400_000, h: 3_600_000, m: 60_000, ms: 1, s: 1000}

/** Parses a duration: `30s`, `500ms`, `2m`, `1.5h`, `1d`. @returns ms, rounded up; undefined for 0, and for more than `max` */
function readDuration(text: string, max: number): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  const ms = Number(number) * UNITS[unit as keyof typeof UNITS]
  return ms > 0 && ms <= max ? Math.ceil(ms) : undefined
}

/** Parses a timeout: a duration, or a number of milliseconds. @returns ms */
function readTimeout(text: string, max = MAX_TIMEOUT_MS): number | undefined {
  return readDuration(/^[\d.]+$/.test(text.trim()) ? `${text.trim()}ms` : text, max)
}

/** Longest idle timeout, in ms. */
const MAX_IDLE_MS = 366 * UNITS.d

/** Path that is not empty. An empty one, from an unset variable, would mean the working directory. */
const path: ValueReader<string> = {
  expected: 'a path that is not empty',
  read: (text) => (text === '' ? undefined : text),
}

/** Creates a reader for whole numbers from `min`. */
function wholeNumber(min: number): ValueReader<number> {
  return {
    expected: `a whole number, ${min} or more`,
    read(text) {
      const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
      return Number.isSafeInteger(number) && number >= min ? number : undefined
    },
  }
}

/** Reads how long ago something was, or when it was: `10m`, `2h`, `2026-11-26`, `2026-11-26T12:00`. @returns ms since 1970 */
function readSince(text: string, now = Date.now()): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? []
  if (unit !== undefined) return Math.max(0, now - Number(number) * UNITS[unit as keyof typeof UNITS])
  const isDate = /^\d{4}-\d{2}-\d{2}(?:$|[T ])/.test(text)
  // A day without a time begins at midnight here, as a time without a zone is one of here.
  const ms = isDate ? Date.parse(text.length === 10 ? `${text}T00:00` : text) : Number.NaN
  return Number.isFinite(ms) ? ms : undefined
}

/** Readers of flags with a format, by flag name. A flag means the same in each command. */
export const FLAG_VALUES = {
  'data-dir': path,
  file: path,
  // A unit is required: `30` is 30 ms as a timeout, and was meant as minutes or seconds.
  'idle-timeout': {
    expected: '30m, 90s or 2h, or 0 for never',
    read: (text) => (text.trim() === '0' ? 0 : readDuration(text, MAX_IDLE_MS)),
  },
  keep: wholeNumber(1),
  lines: wholeNumber(0),
  'owner-id': {
    expected: 'up to 128 letters, digits and the characters . _ : @ -, starting with a letter or digit',
    read(text) {
      try {
        return requireOwnerId(text)
      } catch {
        return undefined // the caller's message is made from `expected`
      }
    },
  },
  'owner-pid': wholeNumber(1),
  'query-timeout': {expected: '30s, 500ms or 2m, at most 1h', read: (text) => readTimeout(text, MAX_QUERY_MS)},
  since: {expected: '10m, 2h or 3d, or a time such as 2026-11-26T12:00', read: (text) => readSince(text)},
  timeout: {expected: '30s, 500ms or 2m', read: (text) => readTimeout(text)},
  'worker-script': path,
} as const satisfies Record<string, ValueReader<number | string>>

/** Returns the reader of a flag, or undefined if any text is valid. */
export function readerOf(name: string): ValueReader<number | string> | undefined {
  return Object.hasOwn(FLAG_VALUES, name) ? FLAG_VALUES[name as keyof typeof FLAG_VALUES] : undefined
}
