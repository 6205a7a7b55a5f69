import {stripVTControlCharacters} from 'node:util'
import stringWidth from 'string-width'

/** Two spaces stand between columns. */
const GAP = '  '

/** No column is made narrower than this to fit a terminal. */
const NARROWEST = 8

/** Lays out rows under their headings, columns two spaces apart, by the width that a terminal shows. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf([headings, ...rows], headings.length)
  return [headings, ...rows].map((row) => renderRow(row, widths))
}

/** The width of the widest cell of each column. */
export function widthsOf(rows: readonly (readonly string[])[], columns: number): number[] {
  const widths = Array.from({length: columns}, () => 0)
  for (const row of rows)
    for (let column = 0; column < columns; column++)
      widths[column] = Math.max(widths[column]!, width(row[column] ?? ''))
  return widths
}

/** One line. The last cell is not padded, and a cell that is wider than its column moves the next ones to the right. */
export function renderRow(row: readonly string[], widths: readonly number[]): string {
  const last = widths.length - 1
  return row
    .map((cell, column) => (column >= last ? cell : cell + ' '.repeat(Math.max(0, widths[column]! - width(cell)))))
    .join(GAP)
    .trimEnd()
}

/**
 * The widths of columns on a terminal: the widest give way until all fit.
 * @param room how many characters a line of the terminal has
 */
export function fitted(widths: readonly number[], room: number): number[] {
  const left = room - GAP.length * (widths.length - 1)
  const ascending = widths.toSorted((a, b) => a - b)
  let remaining = left
  for (const [i, width] of ascending.entries()) {
    const share = Math.floor(remaining / (ascending.length - i))
    if (width > share) return widths.map((one) => Math.min(one, Math.max(share, NARROWEST)))
    remaining -= width
  }

  return [...widths]
}

/** Made when it is needed: that takes a third of what Node.js takes to start. */
let segments: Intl.Segmenter | undefined

/** A cell, cut off with a mark where it is wider than its column. */
export function cut(cell: string, columns: number): string {
  if (isPlain(cell)) return cell.length <= columns ? cell : `${cell.slice(0, columns - 1)}…`
  let seen = 0
  let kept = 0
  let at = 0
  for (const part of partsOf(cell)) {
    for (const {segment} of (segments ??= new Intl.Segmenter()).segment(part)) {
      seen += stringWidth(segment)
      at += segment.length
      if (seen > columns) return `${cell.slice(0, kept)}…`
      if (seen < columns) kept = at
    }
  }

  return cell
}

function width(cell: string): number {
  if (isPlain(cell)) return cell.length
  let sum = 0
  for (const part of partsOf(stripVTControlCharacters(cell))) sum += stringWidth(part)
  return sum
}

/** So long texts are told apart into characters at once: on Node.js 20 that takes a time that grows with the square. */
const PART = 1000

function* partsOf(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + PART)
    const last = text.charCodeAt(to - 1)
    if (to < text.length && last >= 0xd8_00 && last <= 0xdb_ff) to++ // the second half of a character
    yield text.slice(from, to)
    from = to
  }
}

/** Is each character one column wide? */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text)
}
