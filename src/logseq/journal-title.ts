/** The form of a journal's title where the graph names no other. */
export const DEFAULT_TITLE_FORMAT = 'MMM do, yyyy'

/** The months as Logseq names them. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
/** The days of the week as Logseq names them, from Sunday. */
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** The letters of a format that stand for a part of a date; anything else stands for itself. */
const PARTS = /y{1,4}|M{1,4}|do|d{1,2}|E{1,4}/g

/**
 * Formats a day as the title of its journal.
 * @param day 20260301
 * @param format as Logseq has it: `MMM do, yyyy`, `yyyy-MM-dd`, `EEEE, dd.MM.yyyy`
 */
export function journalTitle(day: number, format: string): string {
  const [year, month, date] = [Math.floor(day / 10_000), Math.floor(day / 100) % 100, day % 100]
  const weekday = WEEKDAYS[new Date(Date.UTC(year, month - 1, date)).getUTCDay()]!
  return format.replaceAll(PARTS, (part) => {
    if (part === 'do') return `${date}${ordinalEnding(date)}`
    switch (part[0]) {
      case 'y':
        return part.length === 2 ? padded(year % 100) : String(year)
      case 'M':
        return monthOf(month, part.length)
      case 'E':
        return part.length === 4 ? weekday : weekday.slice(0, 3)
      default:
        return part.length === 2 ? padded(date) : String(date)
    }
  })
}

function monthOf(month: number, letters: number): string {
  const name = MONTHS[month - 1] ?? ''
  if (letters === 4) return name
  if (letters === 3) return name.slice(0, 3)
  return letters === 2 ? padded(month) : String(month)
}

function padded(number: number): string {
  return String(number).padStart(2, '0')
}

function ordinalEnding(date: number): string {
  if (date >= 11 && date <= 13) return 'th'
  return ['th', 'st', 'nd', 'rd'][date % 10] ?? 'th'
}

/** The journal day of a moment in the time zone of this process: 20260301. */
export function journalDay(moment: Date): number {
  return moment.getFullYear() * 10_000 + (moment.getMonth() + 1) * 100 + moment.getDate()
}

/** Last year of a journal: a title cannot name a later day. */
const MAX_YEAR = 9999

/** Returns the journal day of a time in ms since 1970; undefined for a number that is not a date, or after the year of the last journal. */
export function journalDayOf(time: number): number | undefined {
  const moment = new Date(time)
  const year = moment.getFullYear()
  return year >= 0 && year <= MAX_YEAR ? journalDay(moment) : undefined // false for NaN, too
}

/**
 * Moves a moment by months, in the time zone of this process. From a day that the other month lacks it goes to the last day of that
 * month.
 * @param months to come, or below 0
 */
export function addMonths(moment: Date, months: number): void {
  const day = moment.getDate()
  moment.setDate(1)
  moment.setMonth(moment.getMonth() + months)
  moment.setDate(Math.min(day, new Date(moment.getFullYear(), moment.getMonth() + 1, 0).getDate()))
}
