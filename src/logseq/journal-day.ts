import {DEFAULT_TITLE_FORMAT, MONTHS, WEEKDAYS as DAYS} from './journal-title.js'

/** The formats by which any title is taken for a journal, beside that of the graph. */
const ALWAYS = [DEFAULT_TITLE_FORMAT, 'yyyy-MM-dd', 'yyyy_MM_dd']

const WEEKDAYS = ['E', 'EEE', 'EEEE']

/** All formats that a graph can have for the titles of its journals. */
const FORMATS = [
  'do MMM yyyy',
  'do MMMM yyyy',
  'MMM do, yyyy',
  'MMMM do, yyyy',
  ...WEEKDAYS.flatMap((day) =>
    ['dd-MM-yyyy', 'dd.MM.yyyy', 'MM/dd/yyyy', 'yyyy/MM/dd'].map((rest) => `${day}, ${rest}`),
  ),
  'dd-MM-yyyy',
  'MM/dd/yyyy',
  'MM-dd-yyyy',
  'MM_dd_yyyy',
  'yyyy/MM/dd',
  'yyyy-MM-dd',
  'yyyy-MM-dd E',
  'yyyy-MM-dd EEEE',
  'yyyy_MM_dd',
  'yyyyMMdd',
  'yyyy年MM月dd日',
]

const TOKEN = /yyyy|MMMM|MMM|MM|M|EEEE|EEE|E|dd|do|d/g

interface Day {
  day: number
  month: number
  year: number
}

/**
 * Returns the day that a title names as a journal, such as 20260105. The case of letters does not matter.
 * @param format that of the graph
 */
export function dayOfTitle(title: string, format: string): number | undefined {
  const text = title.replaceAll(/\S+/g, (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
  return firstDay(text, [format, ...ALWAYS])
}

/** Returns true if a text is a day in one of the formats of journals. */
export function readsAsDate(text: string): boolean {
  return firstDay(text, FORMATS) !== undefined
}

function firstDay(text: string, formats: readonly string[]): number | undefined {
  for (const format of formats) {
    const day = readDay(text, format)
    if (day !== undefined) return day
  }

  return undefined
}

function readDay(text: string, format: string): number | undefined {
  const found = patternOf(format).exec(text)?.groups
  if (!found) return undefined
  const month = found['month'] ?? String(MONTHS.findIndex((name) => name.startsWith(found['name']!)) + 1)
  return checked({day: Number(found['day']), month: Number(month), year: Number(found['year'])})
}

function checked({day, month, year}: Day): number | undefined {
  if (month < 1 || month > 12 || day < 1) return undefined
  const last = new Date(Date.UTC(2000, month, 0)).getUTCDate()
  const isShort = month === 2 && !(year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
  return day > (isShort ? 28 : last) ? undefined : year * 10_000 + month * 100 + day
}

const NAMES = {E: `(?:${DAYS.map((name) => `${name}|${name.slice(0, 3)}`).join('|')})`}
const SHORT = `(?<name>${MONTHS.map((name) => name.slice(0, 3)).join('|')})`
const LONG = `(?<name>${MONTHS.join('|')})`

/** Numbers may have fewer digits than the format, unless nothing stands between them. */
const READERS: Readonly<Record<string, string>> = {
  E: NAMES.E,
  EEE: NAMES.E,
  EEEE: NAMES.E,
  M: String.raw`(?<month>\d{1,2})`,
  MM: String.raw`(?<month>\d{1,2})`,
  MMM: SHORT,
  MMMM: LONG,
  d: String.raw`(?<day>\d{1,2})`,
  dd: String.raw`(?<day>\d{1,2})`,
  do: String.raw`(?<day>\d{1,2})(?:st|nd|rd|th)`,
  yyyy: String.raw`(?<year>\d{1,4})`,
}

const patterns = new Map<string, RegExp>()

function patternOf(format: string): RegExp {
  const known = patterns.get(format)
  if (known) return known
  const isTight = /yyyyMM|MMyyyy|ddMM|MMdd/.test(format)
  const escaped = format.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
  const source = escaped.replaceAll(TOKEN, (token) => READERS[token]!)
  const pattern = new RegExp(`^${isTight ? source.replaceAll(/\{1,(\d)\}/g, '{$1}') : source}$`)
  if (patterns.size < 100) patterns.set(format, pattern)
  return pattern
}
