/** Something that is wrong with a graph. */
export interface Problem {
  /** Of the row that it was found in. */
  address?: number
  /** The index that it was found in. */
  index?: IndexName
  what: string
}

export type IndexName = 'aevt' | 'avet' | 'eavt'

/** So many are told one by one. */
const TOLD = 100

/** What is wrong: the first of it, and how much it is altogether. */
export class Findings {
  #count = 0
  readonly problems: Problem[] = []

  get count(): number {
    return this.#count
  }

  add(problem: Problem): void {
    this.#count++
    if (this.problems.length < TOLD) this.problems.push(problem)
  }
}
