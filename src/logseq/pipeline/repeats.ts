import {Datom} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {A} from '../attributes.js'
import {addMonths, journalDayOf} from '../journal-title.js'
import {findJournal, makeJournal} from '../outliner/make-page.js'
import {draftOf} from './draft-of.js'

const DONE = keyword('logseq.property/status.done')
const TODO = keyword('logseq.property/status.todo')
const [FREQUENCY, KIND, REPEATED, TEMPORAL, UNIT] = [
  'recur-frequency',
  'repeat-type',
  'repeated?',
  'temporal-property',
  'recur-unit',
].map((name) => keyword(`logseq.property.repeat/${name}`)) as [Keyword, Keyword, Keyword, Keyword, Keyword]

/** Maximum number of steps from a past day to a future one; steps of minutes may be skipped. */
const MAX_STEPS = 100_000

/**
 * Lets a repeated task that is done begin again: its day moves on, to a journal that is made if missing, and it is to be
 * done once more. A task whose next day is after the last journal stays done.
 * @param now in ms since 1970
 */
export function* repeatTasks(
  transaction: Transaction,
  stated: readonly Datom[],
  now: number,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const done = transaction.db.first(undefined, DB.ident, DONE)?.e
  const todo = transaction.db.first(undefined, DB.ident, TODO)?.e
  if (done === undefined || todo === undefined) return
  for (const {a, added, e, v} of stated) {
    if (execution.shouldYield()) yield
    if (!added || a !== A.status || v !== done || !transaction.db.first(e, A.status, done)) continue
    if (transaction.db.first(e, REPEATED)?.v !== true) continue
    const day = dayProperty(transaction, e)
    const at = day === undefined ? undefined : transaction.db.first(e, day)?.v
    if (day === undefined || typeof at !== 'number') continue
    const next = nextTime(transaction, e, at, now)
    const date = journalDayOf(next)
    if (date === undefined) continue // rules for values do not apply to facts that are stated here
    transaction.state(new Datom(e, day, next, transaction.tx))
    transaction.state(new Datom(e, A.status, todo, transaction.tx))
    const draft = draftOf(transaction, now)
    if (findJournal(draft, date) === undefined) makeJournal(draft, date)
  }
}

/** The property that moves on: the one that the task names, or the one that it has. */
function dayProperty({db}: Transaction, e: number): Keyword | undefined {
  const named = db.first(e, TEMPORAL)?.v
  const ident = typeof named === 'number' ? db.first(named, DB.ident)?.v : undefined
  if (ident instanceof Keyword) return ident
  return [A.scheduled, A.deadline].find((a) => db.first(e, a))
}

/** The last part of the ident of a choice, such as `week`; of the default if missing. */
function choiceOf({db}: Transaction, e: number, a: Keyword, otherwise: string): string {
  const choice = db.first(e, a)?.v
  const ident = typeof choice === 'number' ? db.first(choice, DB.ident)?.v : undefined
  return ident instanceof Keyword ? (ident.name.split('.').at(-1) ?? otherwise) : otherwise
}

function nextTime(transaction: Transaction, e: number, at: number, now: number): number {
  const {db} = transaction
  const value = db.first(e, FREQUENCY)?.v
  const frequency = typeof value === 'number' ? Number(db.first(value, A.value)?.v ?? 1) : 1
  const unit = choiceOf(transaction, e, UNIT, 'day')
  const kind = choiceOf(transaction, e, KIND, 'double-plus')
  const by = Math.max(1, Math.floor(frequency))
  if (kind === 'dotted-plus') return later(now, by, unit)
  if (kind === 'plus') return later(at, by, unit)
  for (let steps = 1; steps < MAX_STEPS; steps++) {
    const next = later(at, by * steps, unit)
    if (next > now || Number.isNaN(next)) return next
  }

  return later(now, by, unit)
}

/** A time so many units later, by the calendar of this machine; NaN or out of range if that is no date. */
function later(at: number, by: number, unit: string): number {
  const date = new Date(at)
  const day = date.getDate()
  switch (unit) {
    case 'minute':
      return at + by * 60_000
    case 'hour':
      return at + by * 3_600_000
    case 'week':
      return date.setDate(day + 7 * by)
    case 'month':
    case 'year':
      addMonths(date, unit === 'month' ? by : 12 * by)
      return date.getTime()
    default:
      return date.setDate(day + by)
  }
}
