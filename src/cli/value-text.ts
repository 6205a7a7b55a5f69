import {writeEdn} from '../values/edn-write.js'
import {List, type Value, ValueMap, ValueSet} from '../values/types.js'
import {printable} from './output.js'
import {renderTable} from './table.js'

/** A cell of a table on a terminal is cut off here, in characters. */
const MAX_CELL = 60

/** The result of a method for a person: EDN, one line for each item of a collection. */
export function valueText(value: Value): string[] {
  const items = itemsOf(value)
  if (!items || items.length === 0) return [edn(value)]
  const [open, close] = value instanceof ValueSet ? ['#{', '}'] : value instanceof List ? ['(', ')'] : ['[', ']']
  const lines = items.map((item) => ` ${edn(item)}`)
  return [open + lines[0]!.trimStart(), ...lines.slice(1)].map((line, i, all) =>
    i === all.length - 1 ? line + close : line,
  )
}

/** EDN in one line, without anything that would draw on a terminal. */
function edn(value: Value): string {
  return printable(writeEdn(value))
}

/**
 * A query's result as a table.
 * @param columns what the query finds, one text for each
 * @param short cut off long cells
 */
export function tableText(columns: readonly string[], result: Value, short: boolean): string[] {
  const rows = rowsOf(columns, result)
  if (rows.length === 0) return ['No results.']
  const maps = rows.every((row) => row.length === 1 && row[0] instanceof ValueMap)
  const headings = maps ? keysOf(rows as ValueMap[][]) : columns
  const cells = maps ? (rows as ValueMap[][]).map(([map]) => headings.map((key) => map!.get(key))) : rows
  return renderTable(
    headings.map((heading) => printable(typeof heading === 'string' ? heading : writeEdn(heading))),
    cells.map((row) => row.map((value) => cellText(value, short))),
  )
}

/** A result with columns is rows of them; one that `.` makes a single value, or `[?x ...]` one column, as well. */
function rowsOf(columns: readonly string[], result: Value): readonly (readonly Value[])[] {
  const items = itemsOf(result)
  if (!items) return result === null ? [] : [[result]]
  if (items.every((item) => Array.isArray(item) && item.length === columns.length)) return items as Value[][]
  return columns.length > 1 && items.length === columns.length ? [items] : items.map((item) => [item])
}

function itemsOf(value: Value): readonly Value[] | undefined {
  if (value instanceof List) return value.items
  if (value instanceof ValueSet) return [...value]
  return Array.isArray(value) ? (value as readonly Value[]) : undefined
}

function keysOf(rows: readonly (readonly ValueMap[])[]): readonly Value[] {
  const keys = new ValueSet()
  for (const [map] of rows) for (const key of map!.keys()) keys.add(key)
  return [...keys]
}

function cellText(value: undefined | Value, short: boolean): string {
  if (value === undefined || value === null) return ''
  const text = printable(typeof value === 'string' ? value : writeEdn(value))
  return short && text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text
}
