import {DB} from '../../engine/idents.js'
import {ServerError} from '../../lib/errors.js'
import {present} from '../../values/present.js'
import {type Keyword, keyword, type Sym, symbol} from '../../values/scalars.js'
import {List, type Value, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {type Entities, identOf} from '../entities.js'
import {journalDay} from '../journal-title.js'
import {valueOf} from '../validity/entity.js'
import {dateOfDay, dayOfText, dayOfTitle, endOfDay, momentOfWord, startOfDay} from './dates.js'
import type {Form} from './syntax.js'

/** The variable of what is found. */
export const FOUND = symbol('?b')

/** A query in the short notation. */
export interface DslQuery {
  /** Number of results to choose at random. */
  sample: number | undefined
  sort: undefined | {attribute: Keyword; isDescending: boolean}
  /** The conditions of a Datalog query on `?b`. */
  where: readonly Value[]
}

/** Context for making clauses. */
export interface DslContext {
  entities: Entities
  now: Date
}

const AND = symbol('and')
const ANYTHING: Value = [FOUND, A.uuid]
/** Holds of no block: a property that does not exist is on none. */
const NOTHING: Value = [FOUND, DB.ident, '']

/**
 * Makes conditions of a query in the short notation.
 * @throws ServerError `invalid-query`
 */
export function dslQuery(form: Form, context: DslContext): DslQuery {
  const builder = new Builder(context)
  const where = grounded(builder.clauses(form))
  return {sample: builder.sample, sort: builder.sort, where}
}

/** The conditions that are a rule with one text, and those that are a rule with a set of texts. */
const TEXT_RULES = new Map([
  ['block-content', 'block-content'],
  ['full-text-search', 'block-content'],
  ['page', 'page'],
  ['page-ref', 'page-ref'],
])
const SET_RULES = new Map([
  ['page-tags', 'page-tags'],
  ['priority', 'priority'],
  ['tags', 'tags'],
  ['task', 'task'],
  ['todo', 'task'],
])

/** Conditions that only exclude need something to exclude from. */
function grounded(clauses: readonly Value[]): readonly Value[] {
  const isGrounded = clauses.some((clause) => !isNot(clause))
  return isGrounded ? clauses : [ANYTHING, ...clauses]
}

function isNot(clause: Value): boolean {
  return clause instanceof List && clause.items[0] === symbol('not')
}

class Builder {
  readonly #entities: Entities
  readonly #now: Date
  sample: number | undefined
  sort: DslQuery['sort']
  #variables = 0

  constructor({entities, now}: DslContext) {
    this.#entities = entities
    this.#now = now
  }

  clauses(form: Form): Value[] {
    switch (form.kind) {
      case 'list':
        return this.#call(form.items)
      case 'page':
        return [call('page-ref', form.name)]
      case 'text':
        return [call('block-content', form.text)]
      case 'word':
        throw invalid(`expected a form such as [[Page]], "text" or (task todo), got ${form.word}`)
    }
  }

  #call([name, ...args]: readonly Form[]): Value[] {
    if (name?.kind !== 'word') throw invalid('expected a name after (')
    const word = name.word.toLowerCase()
    const [ofText, ofSet] = [TEXT_RULES.get(word), SET_RULES.get(word)]
    if (ofText !== undefined) return [call(ofText, textOf(one(args, word)))]
    if (ofSet !== undefined) return [call(ofSet, setOf(args))]
    switch (word) {
      case 'all-page-tags':
        return [call('all-page-tags')]
      case 'and':
        return args.flatMap((arg) => this.clauses(arg))
      case 'between':
        return this.#between(args)
      case 'namespace':
        return this.#namespace(textOf(one(args, word)))
      case 'not':
        return this.#not(args)
      case 'or':
        return this.#or(args)
      case 'page-property':
        return this.#property(args, {has: 'has-page-property', is: 'page-property'})
      case 'private-property':
      case 'property':
        return this.#property(args, {has: 'has-property', is: 'property'})
      case 'sample':
        this.sample = numberOf(one(args, word))
        return []
      case 'sort-by':
        this.#sortBy(args)
        return []
      default:
        throw invalid(`unknown condition (${name.word} ...)`)
    }
  }

  #not(args: readonly Form[]): Value[] {
    const clauses = args.flatMap((arg) => this.clauses(arg))
    return clauses.length === 0 ? [] : [new List([symbol('not'), ...clauses])]
  }

  #or(args: readonly Form[]): Value[] {
    const branches = args.map((arg) => this.clauses(arg)).filter((clauses) => clauses.length > 0)
    if (branches.length === 0) return []
    return [new List([symbol('or-join'), [FOUND], ...branches.map((clauses) => new List([AND, ...grounded(clauses)]))])]
  }

  #property(args: readonly Form[], rules: {has: string; is: string}): Value[] {
    const [name, value] = args
    if (!name) throw invalid('expected the name of a property')
    const ident = this.#identOf(textOf(name))
    if (ident === undefined) return [NOTHING]
    return [value ? call(rules.is, ident, scalarOf(value)) : call(rules.has, ident)]
  }

  /** A property goes by its ident or by its title, whatever the case. */
  #identOf(name: string): Keyword | undefined {
    const given = name.replace(/^:/, '')
    if (given.includes('/')) return keyword(given)
    for (const {e} of this.#entities.db.list(undefined, A.name, given.toLowerCase())) {
      const page = this.#entities.get(e)
      if (this.#entities.isTagged(page, 'Property')) return identOf(page) ?? undefined
    }

    return undefined
  }

  #namespace(name: string): Value[] {
    const page = this.#variable()
    return [[page, A.name, name.toLowerCase()], new List([symbol('parent'), page, FOUND]), [FOUND, A.name]]
  }

  /** `(between [[day]] [[day]])` is about journals, `(between created-at -7d today)` about times. */
  #between(args: readonly Form[]): Value[] {
    if (args.length === 2) {
      const [start, end] = args.map((arg) => journalDay(this.#moment(arg))).toSorted((a, b) => a - b) as [
        number,
        number,
      ]
      return [call('between', start, end)]
    }

    const [attribute, ...bounds] = args
    if (!attribute || bounds.length !== 2)
      throw invalid('expected (between start end) or (between created-at start end)')
    const [from, to] = bounds.map((bound) => this.#moment(bound)).toSorted((a, b) => a.getTime() - b.getTime())
    const at = this.#variable()
    return [
      [FOUND, this.#timeAttribute(textOf(attribute)), at],
      [new List([symbol('<='), startOfDay(present(from)), at, endOfDay(present(to))])],
    ]
  }

  #timeAttribute(name: string): Keyword {
    const given = name.replace(/^:/, '').replaceAll('_', '-')
    if (/^(created|updated)-at$/.test(given)) return keyword(`block/${given}`)
    const ident = this.#identOf(name)
    if (ident === undefined) throw invalid(`expected created-at, updated-at or a property, got ${name}`)
    return ident
  }

  #moment(form: Form): Date {
    const text = textOf(form)
    const relative = form.kind === 'page' ? undefined : momentOfWord(text, this.#now)
    if (relative && Number.isNaN(relative.getTime())) throw invalid(`${text} is beyond all dates`)
    if (relative) return relative
    const day = dayOfText(text) ?? this.#journalDay(text) ?? dayOfTitle(text)
    if (day === undefined) throw invalid(`expected a day such as [[Mar 1st, 2026]], today or -7d, got ${text}`)
    return dateOfDay(day)
  }

  #journalDay(title: string): number | undefined {
    const page = this.#entities.pageNamed(title)
    const day = page && valueOf(page, A.journalDay)
    return typeof day === 'number' ? day : undefined
  }

  #sortBy([attribute, order]: readonly Form[]): void {
    if (!attribute) throw invalid('expected what to sort by')
    const isDescending = order === undefined || textOf(order).toLowerCase() !== 'asc'
    this.sort = {attribute: this.#timeAttribute(textOf(attribute)), isDescending}
  }

  #variable(): Sym {
    return symbol(`?dsl-${this.#variables++}`)
  }
}

function call(rule: string, ...args: readonly Value[]): List {
  return new List([symbol(rule), FOUND, ...args])
}

function one(args: readonly Form[], name: string): Form {
  const [first] = args
  if (args.length !== 1 || !first) throw invalid(`expected one argument of ${name}, got ${args.length}`)
  return first
}

function textOf(form: Form): string {
  switch (form.kind) {
    case 'list':
      throw invalid('expected a text, got a form in brackets')
    case 'page':
      return form.name
    case 'text':
      return form.text
    case 'word':
      return form.word
  }
}

/** Several values may stand side by side, or in brackets. */
function setOf(args: readonly Form[]): ValueSet {
  const items = args.flatMap((arg) => (arg.kind === 'list' ? arg.items : [arg]))
  if (items.length === 0) throw invalid('expected at least one value')
  return new ValueSet(items.map((item) => textOf(item)))
}

/** The value that a property is compared with: numbers and booleans stand without quotation marks. */
function scalarOf(form: Form): Value {
  const text = textOf(form)
  if (form.kind !== 'word') return text
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
}

function numberOf(form: Form): number {
  const number = Number(textOf(form))
  if (!Number.isInteger(number) || number < 1) throw invalid('expected a whole number from 1')
  return number
}

function invalid(problem: string): ServerError {
  return new ServerError('invalid-query', problem)
}
