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

/** Parses a time: `30s`, `500ms`, `2m`, or a number of milliseconds. @returns ms */
function readTime(text: string, max = MAX_TIMEOUT_MS): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim()) ?? []
  const ms = Number(number) * ({m: 60_000, s: 1000}[unit ?? ''] ?? 1)
  return ms > 0 && ms <= max ? Math.ceil(ms) : undefined
}

/** Longest idle timeout, in ms. */
const MAX_IDLE_MS = 366 * 86_400_000

/** Parses an idle timeout: `30m`, `2h`, `1d`, as `readTime` does, or 0 for none. @returns ms */
function readIdle(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([hd])$/.exec(text.trim()) ?? []
  if (unit === undefined) return text.trim() === '0' ? 0 : readTime(text, MAX_IDLE_MS)
  const ms = Number(number) * AGO_UNITS[unit as 'd' | 'h']
  return ms > 0 && ms <= MAX_IDLE_MS ? Math.ceil(ms) : undefined
}

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

/** Units of a time that has passed, in ms. */
const AGO_UNITS = {d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000}

/** Reads how long ago something was, or when it was: `10m`, `2h`, `2026-11-26`, `2026-11-26T12:00`. @returns ms since 1970 */
function readSince(text: string, now = Date.now()): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? []
  if (unit !== undefined) return Math.max(0, now - Number(number) * AGO_UNITS[unit as keyof typeof AGO_UNITS])
  const isDate = /^\d{4}-\d{2}-\d{2}(?:$|[T ])/.test(text)
  // A day without a time begins at midnight here, as a time without a zone is one of here.
  const ms = isDate ? Date.parse(text.length === 10 ? `${text}T00:00` : text) : Number.NaN
  return Number.isFinite(ms) ? ms : undefined
}

/** Readers of flags with a format, by flag name. A flag means the same in each command. */
export const FLAG_VALUES = {
  'data-dir': path,
  file: path,
  'idle-timeout': {expected: '30m, 90s or 2h, or 0 for never', read: (text) => readIdle(text)},
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
  'query-timeout': {expected: '30s, 500ms or 2m, at most one hour', read: (text) => readTime(text, MAX_QUERY_MS)},
  since: {expected: '10m, 2h or 3d, or a time such as 2026-11-26T12:00', read: (text) => readSince(text)},
  timeout: {expected: '30s, 500ms or 2m', read: (text) => readTime(text)},
  'worker-script': path,
} as const satisfies Record<string, ValueReader<number | string>>

/** Returns the reader of a flag, or undefined if any text is valid. */
export function readerOf(name: string): ValueReader<number | string> | undefined {
  return Object.hasOwn(FLAG_VALUES, name) ? FLAG_VALUES[name as keyof typeof FLAG_VALUES] : undefined
}
