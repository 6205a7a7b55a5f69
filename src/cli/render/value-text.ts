import {writeEdn} from '../../values/edn-write.js'
import type {Value} from '../../values/types.js'
import {printable} from '../output.js'

/** Formats EDN in one line, without characters that draw on the terminal. */
export function edn(value: Value): string {
  return printable(writeEdn(value))
}

/**
 * Formats a value for a table cell: text without quotation marks, EDN for other values, nothing for nil.
 * @param longest maximum characters of a text that matter; undefined for all
 */
export function cellText(value: undefined | Value, longest?: number): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') return edn(value)
  return printable(longest === undefined || value.length <= longest ? value : value.slice(0, longest))
}
