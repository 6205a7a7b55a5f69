/** One problem of a graph. */
export interface Problem {
  /** Of the row that it was found in. */
  address?: number
  /** The index that it was found in. */
  index?: IndexName
  what: string
}

export type IndexName = 'aevt' | 'avet' | 'eavt'

/** Number of problems that are listed one by one. */
const MAX_PROBLEMS = 100

/** The problems of a graph: the first ones, and how many there are. */
export class Findings {
  #count = 0
  readonly problems: Problem[] = []

  get count(): number {
    return this.#count
  }

  add(problem: Problem): void {
    this.#count++
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem)
  }
}
