import {invalidQuery} from '../../invalid-query.js'

/** Maximum number of clauses of a query, or of its rules, with all that they name. */
const MAX_PARTS = 10_000

/** Counts the clauses of a query while it is read, however deep, and what they name: to check them and put them in order takes time. */
export class Budget {
  #parts = 0

  /** @throws ServerError `invalid-query` if they are too many */
  spend(parts: number): void {
    this.#parts += parts
    if (this.#parts > MAX_PARTS)
      throw invalidQuery(`the clauses have more than ${MAX_PARTS} parts: pass data as inputs, or ask several queries`)
  }
}
