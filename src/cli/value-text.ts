import {writeEdn} from '../values/edn-write.js'
import type {Value} from '../values/types.js'
import {printable} from './output.js'

/** EDN in one line, without anything that would draw on a terminal. */
export function edn(value: Value): string {
  return printable(writeEdn(value))
}

/**
 * A value in a cell of a table: a text without its quotation marks, anything else as EDN, nothing for nil.
 * @param longest how many characters of a text matter; undefined for all
 */
export function cellText(value: undefined | Value, longest?: number): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') return edn(value)
  return printable(longest === undefined || value.length <= longest ? value : value.slice(0, longest))
}
