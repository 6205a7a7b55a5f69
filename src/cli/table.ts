import {stripVTControlCharacters} from 'node:util'
import stringWidth from 'string-width'

/** Lays out rows under their headings, columns two spaces apart, by the width that a terminal shows. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))))
  return all.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - width(cell)))
      .join('  ')
      .trimEnd(),
  )
}

function width(cell: string): number {
  return stringWidth(stripVTControlCharacters(cell))
}
