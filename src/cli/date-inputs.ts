import {ServerError} from '../lib/errors.js'
import {nearest} from '../lib/nearest.js'
import {present} from '../values/present.js'
import {Keyword} from '../values/scalars.js'
import type {Value} from '../values/types.js'

/** Inputs that Logseq takes from the page around a query. */
const FROM_PAGE = new Set(['current-block', 'current-page', 'parent-block', 'query-page'])

/** Those that have a name without numbers. */
const NAMED = [...FROM_PAGE, 'today', 'yesterday', 'tomorrow', 'right-now-ms', 'start-of-today-ms', 'end-of-today-ms']

const SHIFTED = /^([+-])(\d{1,6})([dwmy])$/
const OLD_FORM = /^(\d{1,6})d(-before|-after)?(-ms)?$/
const AT_TIME = /^(.+)-(start|end|ms|\d{2}|\d{4}|\d{6}|\d{9})$/

/**
 * Resolves an input as Logseq does. `:today`, `:-7d` and the like become a journal day such as `20261126`. Inputs with
 * a time of day, such as `:today-start` or `:+1w-1630`, become a time in ms. Other values are returned unchanged.
 * @param now current local time
 * @throws ServerError `invalid-query` for an input that needs a page
 */
export function resolveInput(input: Value, now: Date): Value {
  if (!(input instanceof Keyword)) return input
  const {fqn} = input
  if (FROM_PAGE.has(fqn))
    throw new ServerError(
      'invalid-query',
      `Input ${input} needs the page around the query, which does not exist on the command line`,
      {
        hint: 'Give the page or block instead: its name in lower case, e.g. "home", or [:block/uuid #uuid "..."].',
      },
    )
  return resolveDay(fqn, now) ?? resolveTime(fqn, now) ?? input
}

/** Says which input of Logseq's a keyword was probably meant to be; undefined for one that it can be as it stands. */
export function mistypedInput(input: Value, now: Date): string | undefined {
  if (!(input instanceof Keyword) || input.namespace !== null || FROM_PAGE.has(input.fqn)) return undefined
  if (resolveInput(input, now) !== input) return undefined
  if (/^[+-]?\d/.test(input.fqn))
    return `the input ${input} is taken as that keyword; a date is :-7d, :+2w, :-1m or :+1y, with at most 6 digits`
  const near = nearest(input.fqn, NAMED)
  return near && `the input ${input} is taken as that keyword; did you mean :${near}?`
}

function resolveDay(name: string, now: Date): number | undefined {
  const [, days, direction, ms] = OLD_FORM.exec(name) ?? []
  if (days !== undefined && ms === undefined)
    return journalDay(shifted(now, direction === '-after' ? '+' : '-', days, 'd'))
  const day = dayOf(name, now)
  return day && journalDay(day)
}

function resolveTime(name: string, now: Date): number | undefined {
  if (name === 'right-now-ms') return now.getTime()
  if (name === 'start-of-today-ms') return atTime(now, 'start')
  if (name === 'end-of-today-ms') return atTime(now, 'end')
  const [, days, direction, ms] = OLD_FORM.exec(name) ?? []
  if (days !== undefined && ms !== undefined) {
    const after = direction === '-after'
    return atTime(shifted(now, after ? '+' : '-', days, 'd'), after ? 'end' : 'start')
  }

  const [, date, time] = AT_TIME.exec(name) ?? []
  const day = date === undefined ? undefined : dayOf(date, now)
  if (!day || time === undefined) return undefined
  return atTime(day, time === 'ms' ? (present(date).startsWith('+') ? 'end' : 'start') : time)
}

function dayOf(name: string, now: Date): Date | undefined {
  if (name === 'today') return now
  if (name === 'yesterday') return shifted(now, '-', '1', 'd')
  if (name === 'tomorrow') return shifted(now, '+', '1', 'd')
  const [, sign, count, unit] = SHIFTED.exec(name) ?? []
  return sign === undefined ? undefined : shifted(now, sign, present(count), present(unit))
}

/** Adds days, weeks, months or years in local time. In a shorter month the last day is used. */
function shifted(now: Date, sign: string, count: string, unit: string): Date {
  const by = Number(count) * (sign === '-' ? -1 : 1)
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()]
  if (unit === 'd') return new Date(year, month, day + by)
  if (unit === 'w') return new Date(year, month, day + 7 * by)
  const months = month + (unit === 'y' ? 12 * by : by)
  return new Date(year, months, Math.min(day, new Date(year, months + 1, 0).getDate()))
}

/** @param time `start`, `end`, or digits: hours, minutes, seconds, milliseconds */
function atTime(day: Date, time: string): number {
  const digits = time === 'start' ? '' : time === 'end' ? '235959999' : time
  const part = (from: number, to: number) => Number(digits.slice(from, to) || '0')
  const date = [day.getFullYear(), day.getMonth(), day.getDate()] as const
  return new Date(...date, part(0, 2), part(2, 4), part(4, 6), part(6, 9)).getTime()
}

function journalDay(day: Date): number {
  return day.getFullYear() * 10_000 + (day.getMonth() + 1) * 100 + day.getDate()
}
