import type {Value} from '../../../values/types.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'

/** A column of values, one for each row. */
export type Column = readonly Value[]

/**
 * Origin of a variable's values that no fact gave. A lookup ref among them stands for its entity. A keyword stands for
 * the entity with that ident only if it is a `literal` of the query, given to a rule. An input, or the result of a
 * function, is a `value`.
 */
export type Origin = 'literal' | 'value'

export type Origins = ReadonlyMap<string, Origin>

/** The origins of two relations in one. What is a literal in either is one. */
export function mergeOrigins(a: Origins, b: Origins): Origins {
  if (b.size === 0) return a
  const merged = new Map(a)
  for (const [name, origin] of b) if (merged.get(name) !== 'literal') merged.set(name, origin)
  return merged
}

/** The origins of names that all have the same one. */
export function originsOf(names: Iterable<string>, origin: Origin = 'value'): Origins {
  return new Map(Array.from(names, (name) => [name, origin]))
}

/**
 * Rows, kept by columns: each variable has one. It may hold the same row several times; what is found at the end has
 * each once.
 */
export class Relation {
  readonly columns: readonly Column[]
  /** The variables whose values no fact gave. */
  readonly origins: Origins
  readonly size: number
  readonly vars: readonly string[]

  constructor(vars: readonly string[], columns: readonly Column[], size: number, origins: Origins = NONE) {
    this.vars = vars
    this.columns = columns
    this.size = size
    this.origins = origins
  }

  has(name: string): boolean {
    return this.vars.includes(name)
  }

  column(name: string): Column {
    return this.columns[this.vars.indexOf(name)]!
  }

  /** Those columns only. Rows that differed may be equal now. */
  keep(names: Pick<ReadonlySet<string>, 'has'>): Relation {
    const vars = this.vars.filter((name) => names.has(name))
    if (vars.length === this.vars.length) return this
    return new Relation(
      vars,
      vars.map((name) => this.column(name)),
      this.size,
      this.origins,
    )
  }

  /** The same rows, and one column more. */
  with(name: string, column: Column): Relation {
    return new Relation([...this.vars, name], [...this.columns, column], this.size, this.origins)
  }
}

const NONE: Origins = new Map()

/** One row that says nothing. */
export const UNIT_RELATION = new Relation([], [], 1)

/** A name that no variable of a query has. */
export const INPUT_ID = '#input'

/** The values of a column in the rows that are listed. */
export function* takeRows(column: Column, rows: readonly number[], memory: MemoryAccountant): CooperativeTask<Value[]> {
  const values: Value[] = []
  for (let from = 0; from < rows.length;) {
    const to = Math.min(from + CHUNK, rows.length)
    for (; from < to; from++) values.push(column[rows[from]!]!)
    if (memory.shouldYield()) yield
  }

  return values
}

const CHUNK = 2048

/** The listed rows of a relation. */
export function* selectRows(
  relation: Relation,
  rows: readonly number[],
  memory: MemoryAccountant,
): CooperativeTask<Relation> {
  const columns: Column[] = []
  for (const column of relation.columns) columns.push(yield* takeRows(column, rows, memory))
  return new Relation(relation.vars, columns, rows.length, relation.origins)
}

/** Adds up the rows of relations. */
export function totalSize(relations: readonly Relation[]): number {
  let size = 0
  for (const relation of relations) size += relation.size
  return size
}
