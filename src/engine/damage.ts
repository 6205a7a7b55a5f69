import {messageOf, ServerError} from '../lib/errors.js'
import {isConstraint, isCorrupt} from '../lib/sqlite.js'

/** Error for a stored row that cannot be read as what it should be. */
export function corruptRow(address: number, what: string): ServerError {
  return new ServerError('graph-damaged', `row ${address} of the graph ${what}`, {details: {address}})
}

/**
 * Turns SQLite's error of a damaged page into one that says so; any other error stays as it is. A constraint that fails is
 * such an error: each row is written once, but a table that has one page instead of another has rows twice.
 */
export function explainDamage(error: unknown): unknown {
  if (error instanceof ServerError || !(isCorrupt(error) || isConstraint(error))) return error
  return new ServerError('graph-damaged', `SQLite cannot read the graph: ${messageOf(error)}`, {cause: error})
}

/** Returns true for the error of a damaged graph. */
export function isDamage(error: unknown): error is ServerError {
  return error instanceof ServerError && error.code === 'graph-damaged'
}
