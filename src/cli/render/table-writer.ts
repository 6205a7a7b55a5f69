import {present} from '../../values/present.js'
import type {CollectionKind} from '../../values/transit.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import type {FindColumns} from '../find-columns.js'
import type {ResultWriter} from './result-writers.js'
import {cut, cutHeading, fitted, renderRow, widthsOf} from './table.js'
import type {TextStream} from './text-stream.js'
import {cellText, edn} from './value-text.js'

/** Maximum rows and characters that are kept to determine the first column widths. */
const SAMPLE_ROWS = 20_000
const SAMPLE_CHARACTERS = 4 * 1024 * 1024

/** Columns that are not cut are padded up to this width, so that one long text does not lengthen every line. */
const WIDEST_PADDED = 60

/** Maximum code units per terminal column. Letters with combining marks take several. */
const UNITS_PER_COLUMN = 16

/** Prints the result of a query as a table. */
export class TableWriter implements ResultWriter {
  #characters = 0
  readonly #found: FindColumns
  #keys: readonly Value[] | undefined
  readonly #out: TextStream
  readonly #room: number | undefined
  #rows: Array<readonly Value[]> = []
  #widths: number[] | undefined

  /** @param room width of the terminal, to which the table is fitted; undefined if stdout is not a terminal */
  constructor(out: TextStream, found: FindColumns, room: number | undefined) {
    this.#out = out
    this.#found = found
    this.#room = room
  }

  async items(items: readonly Value[]): Promise<void> {
    const isRow = this.#found.shape === 'tuple' // the items are the cells of one row
    for (const item of items) {
      if (isRow) this.#rows.push([item])
      else await this.#add(rowOf(item, this.#found))
    }
  }

  async end(result: {kind: CollectionKind} | {value: Value}): Promise<void> {
    if ('value' in result && result.value !== null) this.#rows.push([result.value])
    else if (this.#found.shape === 'tuple' && this.#rows.length > 0) this.#rows = [this.#rows.flat()]
    if (!this.#widths && this.#rows.length === 0) await this.#out.write('No results.\n')
    else if (!this.#widths) await this.#begin()
    await this.#out.flush()
  }

  async #add(row: readonly Value[]): Promise<void> {
    if (this.#widths) {
      await this.#print(row)
      return
    }

    this.#rows.push(row)
    this.#characters += row.reduce<number>((sum, value) => sum + lengthOf(value), 0)
    if (this.#rows.length >= SAMPLE_ROWS || this.#characters >= SAMPLE_CHARACTERS) await this.#begin()
  }

  /** Determines columns and widths, and prints the rows so far. */
  async #begin(): Promise<void> {
    const rows = this.#rows
    this.#rows = []
    if (rows.every((row) => row.length === 1 && row[0] instanceof ValueMap)) this.#keys = keysOf(rows as ValueMap[][])
    const headings = (this.#keys ?? this.#found.columns).map((heading) => cellText(heading))
    const most = this.#room === undefined ? WIDEST_PADDED : this.#room + 1
    const natural = widthsOf([headings, ...rows.map((row) => this.#cells(row))], headings.length, most)
    this.#widths =
      this.#room === undefined
        ? natural.map((width) => Math.min(width, WIDEST_PADDED))
        : fitted(natural, Math.max(this.#room, 1))
    await this.#out.write(`${renderRow(this.#cutAll(headings, cutHeading), this.#widths)}\n`)
    for (const row of rows) await this.#print(row)
  }

  async #print(row: readonly Value[]): Promise<void> {
    const cells = this.#cutAll(this.#cells(row))
    const widths = present(this.#widths)
    if (this.#room === undefined)
      for (const [column, width] of widthsOf([cells], widths.length, WIDEST_PADDED).entries())
        // the column keeps this width from here on
        widths[column] = Math.max(widths[column]!, Math.min(width, WIDEST_PADDED))
    await this.#out.write(`${renderRow(cells, widths)}\n`)
  }

  #cells(row: readonly Value[]): string[] {
    const longest = this.#room === undefined ? undefined : this.#room * UNITS_PER_COLUMN
    const [map] = row
    if (!this.#keys || !(map instanceof ValueMap)) return row.map((value) => cellText(value, longest))
    const keys = new ValueSet(this.#keys)
    const others = [...map].filter(([key]) => !keys.has(key)) // keys that no earlier map had follow the last column
    const cells = this.#keys.map((key) => cellText(map.get(key), longest))
    return others.length === 0 ? cells : [...cells, edn(new ValueMap(others))]
  }

  #cutAll(cells: readonly string[], shorten = cut): readonly string[] {
    if (this.#room === undefined) return cells
    return cells.map((cell, column) => shorten(cell, present(this.#widths)[column] ?? present(this.#room)))
  }
}

/** Converts an item to a row: its values, a single value, or the values of a map. */
function rowOf(item: Value, {columns, shape}: FindColumns): readonly Value[] {
  if (shape === 'collection' || shape === 'scalar') return [item]
  const values = item instanceof List ? item.items : Array.isArray(item) ? (item as readonly Value[]) : undefined
  return values?.length === columns.length ? values : [item]
}

function lengthOf(value: Value): number {
  return typeof value === 'string' ? value.length : 16
}

function keysOf(rows: readonly (readonly ValueMap[])[]): readonly Value[] {
  const keys = new ValueSet()
  for (const [map] of rows) for (const key of present(map).keys()) keys.add(key)
  return [...keys]
}
