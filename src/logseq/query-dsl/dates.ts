import {addMonths, DEFAULT_TITLE_FORMAT, journalDay, journalTitle} from '../journal-title.js'

const DAY_MS = 86_400_000

/** `-7d`, `+1w`, `3m`: so many units from now; `min` and `h` move the time of day, too. */
const OFFSET = /^([+-]?\d+)(min|h|d|w|m|y)$/

/** Reads a moment relative to now: `today`, `yesterday`, `tomorrow`, `now`, `-7d`. Undefined for anything else. */
export function momentOfWord(word: string, now: Date): Date | undefined {
  const name = word.replace(/^:/, '').toLowerCase()
  switch (name) {
    case 'now':
    case 'today':
      return now
    case 'tomorrow':
      return moved(now, 1, 'd')
    case 'yesterday':
      return moved(now, -1, 'd')
    default: {
      const offset = OFFSET.exec(name)
      return offset ? moved(now, Number(offset[1]), offset[2]!) : undefined
    }
  }
}

/** A moment so many units later. */
export function moved(from: Date, count: number, unit: string): Date {
  const to = new Date(from)
  switch (unit) {
    case 'd':
      to.setDate(to.getDate() + count)
      break
    case 'h':
      to.setTime(to.getTime() + count * 3_600_000)
      break
    case 'm':
      addMonths(to, count)
      break
    case 'min':
      to.setTime(to.getTime() + count * 60_000)
      break
    case 'w':
      to.setDate(to.getDate() + count * 7)
      break
    default:
      addMonths(to, 12 * count)
  }

  return to
}

/** The first moment of a day in the time zone of this process, in ms. */
export function startOfDay(moment: Date): number {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime()
}

/** The last moment of a day, in ms. */
export function endOfDay(moment: Date): number {
  return startOfDay(new Date(startOfDay(moment) + DAY_MS + DAY_MS / 2)) - 1
}

/** The moment at which a journal's day begins. @param day 20260301 */
export function dateOfDay(day: number): Date {
  return new Date(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100)
}

/** Reads a day as `yyyymmdd` or `yyyy-mm-dd`; undefined for anything else. */
export function dayOfText(text: string): number | undefined {
  const found = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text)
  if (!found) return undefined
  const day = Number(found.slice(1).join(''))
  return journalDay(dateOfDay(day)) === day ? day : undefined
}

/** Reads a day as the title of its journal has it, `Mar 1st, 2026`, whether there is one or not; undefined for anything else. */
export function dayOfTitle(title: string): number | undefined {
  const parsed = new Date(title.replace(/(\d)(?:st|nd|rd|th)\b/i, '$1'))
  if (Number.isNaN(parsed.getTime())) return undefined
  const day = journalDay(parsed)
  return journalTitle(day, DEFAULT_TITLE_FORMAT).toLowerCase() === title.toLowerCase() ? day : undefined
}
