import type {Term} from '../../syntax.js'
import type {Column, Origin, Relation} from '../relation.js'

/** Bound arguments of a rule: a column for each that is known, with one value for each input. */
export interface BoundArgs {
  columns: ReadonlyArray<Column | undefined>
  /** For each argument its origin; undefined for one that facts give, or that is not given. */
  origins: ReadonlyArray<Origin | undefined>
}

/** The origins of the arguments of a rule that is called with the rows of a relation. */
export function originsOfArguments(args: readonly Term[], rows: Relation): BoundArgs['origins'] {
  return args.map((arg) => {
    if (arg.kind === 'constant') return 'literal'
    return arg.kind === 'variable' && rows.has(arg.name) ? rows.origins.get(arg.name) : undefined
  })
}

/** The origins of arguments and which are given, in one letter for each: `b` a fact's value, `f` a free variable. */
export function maskOf({columns, origins}: BoundArgs): string {
  return columns.map((column, i) => (column ? MASKS[origins[i] ?? 'fact'] : 'f')).join('')
}

const MASKS = {fact: 'b', literal: 'l', value: 'v'} as const

/** The reverse of `maskOf` for the arguments that are given. */
export function originsIn(mask: string): ReadonlyArray<Origin | undefined> {
  return [...mask].filter((mark) => mark !== 'f').map((mark) => ORIGINS.get(mark))
}

const ORIGINS: ReadonlyMap<string, Origin> = new Map([
  ['l', 'literal'],
  ['v', 'value'],
])

/** The names of the arguments that are not given: `#0` for the first, and so on. */
export function unboundArgNames({columns}: BoundArgs): string[] {
  return columns.flatMap((column, i) => (column ? [] : [`#${i}`]))
}
