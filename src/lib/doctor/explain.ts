import {messageOf, ServerError} from '../errors.js'
import {fileError} from '../files/file-error.js'

/** Reason for a failure, and advice where there is any for its kind. */
export interface Explained {
  hint?: string
  problem: string
}

/** Explains an error in the words of this program: Node.js names the system call, and no remedy. */
export function explain(error: unknown): Explained {
  const known = error instanceof ServerError ? error : fileError(error)
  return known ? {hint: known.hint, problem: known.message} : {problem: messageOf(error)}
}
