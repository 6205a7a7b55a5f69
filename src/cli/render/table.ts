import {stripVTControlCharacters} from 'node:util'
import stringWidth from 'string-width'

/** Separator of columns. */
const GAP = '  '

/** Minimum width of a column that is shortened to fit the terminal. */
const NARROWEST = 8

/** Lays out rows under their headings, with two spaces between columns, by display width. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf([headings, ...rows], headings.length)
  return [headings, ...rows].map((row) => renderRow(row, widths))
}

/**
 * Returns the width of the widest cell of each column.
 * @param most width from which on a cell counts as wide: how much wider it is does not matter
 */
export function widthsOf(rows: readonly (readonly string[])[], columns: number, most = Infinity): number[] {
  const widths = Array.from({length: columns}, () => 0)
  for (const row of rows)
    for (let column = 0; column < columns; column++)
      widths[column] = Math.max(widths[column]!, width(row[column] ?? '', most))
  return widths
}

/** Lays out one line. The last cell is not padded. A cell that is wider than its column shifts the next ones. */
export function renderRow(row: readonly string[], widths: readonly number[]): string {
  const last = widths.length - 1
  return row
    .map((cell, column) => (column >= last ? cell : cell + padding(cell, widths[column]!)))
    .join(GAP)
    .trimEnd()
}

function padding(cell: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(cell, columns)))
}

/**
 * Shortens the widest columns until all fit.
 * @param room characters per line of the terminal
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

/** Created on demand, because it takes a third of the start-up time of Node.js. */
let segments: Intl.Segmenter | undefined

/** Shortens a cell that is wider than its column, and marks the cut. */
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

/** Shortens a heading. Attributes differ by their last part: `:block/title` is cut to `…/title`. */
export function cutHeading(heading: string, columns: number): string {
  if (!isPlain(heading) || !heading.startsWith(':')) return cut(heading, columns)
  return heading.length <= columns ? heading : `…${heading.slice(1 - columns)}`
}

/** Returns the width of a cell, or one of at least `most`: the segments of a text of 30 MB take 15 seconds. */
function width(cell: string, most: number): number {
  if (isPlain(cell)) return cell.length
  let sum = 0
  for (const part of partsOf(stripVTControlCharacters(cell))) {
    sum += stringWidth(part)
    if (sum >= most) return sum
  }

  return sum
}

/** Number of characters that are segmented at once, because Node.js 20 takes quadratic time. */
const PART = 1000

function* partsOf(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + PART)
    const last = text.charCodeAt(to - 1)
    if (to < text.length && last >= 0xd8_00 && last <= 0xdb_ff) to++ // second half of a surrogate pair
    yield text.slice(from, to)
    from = to
  }
}

/** Returns true if each character is one column wide. */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text)
}
