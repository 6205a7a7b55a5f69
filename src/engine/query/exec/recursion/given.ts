import type {Column} from '../relation.js'

/** What a rule's arguments are given: a column for each that is known, with one value for each seed. */
export interface Given {
  columns: ReadonlyArray<Column | undefined>
  /** Which of them came from outside. */
  foreign: readonly boolean[]
}

/** The names of the arguments that are not given: `#0` for the first, and so on. */
export function freeOf({columns}: Given): string[] {
  return columns.flatMap((column, i) => (column ? [] : [`#${i}`]))
}
