import {ServerError} from '../../lib/errors.js'

/** An import that cannot be made: nothing of it is written. */
export class ImportRefused extends Error {
  /**
   * Logseq's clients get some of the refusals as a value, `{:error text}`. Where Logseq throws, the data are
   * not what an export makes.
   */
  readonly isAnswer: boolean

  constructor(message: string, {isAnswer = false} = {}) {
    super(message)
    this.isAnswer = isAnswer
  }
}

/** @throws ImportRefused for data that are not of the form of an export */
export function illFormed(where: string, expected: string): ImportRefused {
  return new ImportRefused(`Options validation failed: ${where}: expected ${expected}`)
}

/** Returns the value for Logseq's clients if the entities of an import are not valid; undefined for any other error. */
export function validationAnswer(error: unknown): string | undefined {
  if (!(error instanceof ServerError) || error.details['reason'] !== 'invalid-entity') return undefined
  return validationProblem(Number(error.details['invalid-entities']))
}

/** Returns Logseq's message for an import with entities that are not valid. */
export function validationProblem(count: number): string {
  return `The Imported EDN has ${count} validation error(s)`
}
