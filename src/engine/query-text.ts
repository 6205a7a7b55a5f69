import {EdnError, readEdn} from '../values/edn-read.js'
import type {Value} from '../values/types.js'
import {invalidQuery} from './invalid-query.js'

/** Maximum length of a text. It is read in one go, while no other request is served: this many characters take under 100 ms. */
const MAX_LENGTH = 250_000

/**
 * Reads a query, rules or a selector that are written as text.
 * @throws ServerError `invalid-query` when it is not EDN, or too long
 */
export function readText(text: string): Value {
  if (text.length > MAX_LENGTH)
    throw invalidQuery(`the text has more than ${MAX_LENGTH} characters: pass data as inputs`)
  try {
    return readEdn(text)
  } catch (error) {
    if (error instanceof EdnError) throw invalidQuery(`the text cannot be read: ${error.message}`)
    throw error
  }
}
