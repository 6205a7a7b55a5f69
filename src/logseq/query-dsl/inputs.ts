import {present} from '../../values/present.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import type {Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import type {Entities} from '../entities.js'
import {journalDay} from '../journal-title.js'
import {blockName} from '../names.js'
import {valueOf} from '../validity/entity.js'
import {endOfDay, momentOfWord, moved, startOfDay} from './dates.js'

/** Context for resolving the inputs of a query. */
export interface InputContext {
  entities: Entities
  now: Date
  /** `:current-page` (a name), `:current-block-uuid`. */
  options: ValueMap
}

/** `:7d-before`, `:-7d`, `:+1w`, `:today-7d`, each with `-ms` or a time of day: `:-7d-start`, `:today+1w-1530`. */
const RELATIVE = /^(?:(\d+)([dwmy])-(before|after)|(?:today)?([+-]\d+)(min|[hdwmy]))(?:-(ms|start|end|\d{2,9}))?$/

const PAGE = /^\[\[(.*)]]$/s
const NUMBER = /^-?\d+(?:\.\d+)?$/
const KEYWORD = /^:[^\s:()[\]{}"]+$/

/** Reads the inputs of a query as Logseq does: words for days and moments, `[[Page]]`, numbers and keywords in texts. */
export function resolveInputs(inputs: readonly Value[], context: InputContext): Value[] {
  return inputs.map((input) => {
    if (input instanceof Keyword) return resolveKeyword(input, context)
    return typeof input === 'string' ? resolveText(input) : input
  })
}

function resolveText(text: string): Value {
  const page = PAGE.exec(text)
  if (page) return blockName(page[1]!)
  if (NUMBER.test(text)) return Number(text)
  return KEYWORD.test(text) ? keyword(text.slice(1)) : text
}

function resolveKeyword(input: Keyword, {entities, now, options}: InputContext): Value {
  switch (input.fqn) {
    case 'current-block':
      return currentBlock(entities, options)?.e ?? null
    case 'current-page':
    case 'query-page': {
      const page = options.get(keyword('current-page'))
      return typeof page === 'string' ? blockName(page) : null
    }

    case 'end-of-today-ms':
      return endOfDay(now)
    case 'parent-block': {
      const block = currentBlock(entities, options)
      return (block && valueOf(block, A.parent)) ?? null
    }

    case 'right-now-ms':
      return now.getTime()
    case 'start-of-today-ms':
      return startOfDay(now)
    case 'today':
    case 'tomorrow':
    case 'yesterday':
      return journalDay(present(momentOfWord(input.fqn, now)))
    default:
      return relative(input, now)
  }
}

function relative(input: Keyword, now: Date): Value {
  const found = RELATIVE.exec(input.fqn)
  if (!found) return input
  const [, count, unit, direction, signed, signedUnit, part] = found
  const moment = moved(
    now,
    signed === undefined ? Number(count) * (direction === 'before' ? -1 : 1) : Number(signed),
    signedUnit ?? present(unit),
  )
  if (part === undefined) return journalDay(moment)
  if (part === 'start') return startOfDay(moment)
  if (part === 'end') return endOfDay(moment)
  if (part !== 'ms') return startOfDay(moment) + timeOfDay(part)
  return (signed ?? direction) === 'before' || signed?.startsWith('-') ? startOfDay(moment) : endOfDay(moment)
}

/** The ms of `hh`, `hhmm`, `hhmmss` or `hhmmssmmm` after midnight. */
function timeOfDay(digits: string): number {
  const part = (from: number, to: number) => Number(digits.slice(from, to) || '0')
  return ((part(0, 2) * 60 + part(2, 4)) * 60 + part(4, 6)) * 1000 + part(6, 9)
}

function currentBlock(entities: Entities, options: ValueMap) {
  const uuid = options.get(keyword('current-block-uuid'))
  return uuid instanceof Uuid ? entities.lookUp(uuid) : undefined
}
