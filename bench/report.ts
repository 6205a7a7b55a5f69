import {readFileSync, writeFileSync} from 'node:fs'

const END = '<!-- end of figures -->'

/** Maximum number of digits that are added to distinguish a figure from its bound. */
const MAX_MORE_DIGITS = 3

/** One line of the table. */
export interface Figure {
  bound: number
  /** Of its CPU time, unless `unit` says otherwise. */
  measured: number
  unit: string
  /** The same ratio of wall time, where the bound is on both. */
  wall?: number
  what: string
}

/** Returns true if the figure is within its bound, and its ratio of wall time, too, if it has one. */
export function holds({bound, measured, wall}: Figure): boolean {
  return measured <= bound && (wall ?? 0) <= bound
}

/**
 * The figures as a Markdown table, which is also fit for a terminal.
 * @param measured what the figures are of
 */
export function table(figures: readonly Figure[], measured: string): string {
  const rows = figures.map((figure) => [
    figure.what,
    show(figure.measured, figure.bound),
    figure.wall === undefined ? '' : show(figure.wall, figure.bound),
    `${figure.bound} ${figure.unit}`,
    holds(figure) ? 'yes' : '**no**',
  ])
  const all = [['what', measured, 'wall', 'bound', 'holds'], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const lines = all.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`)
  return lines.join('\n')
}

/**
 * Writes the figures between the marks of a page.
 * @param script whose figures they are
 */
export function writeFigures(path: string, script: string, text: string): void {
  const page = readFileSync(path, 'utf8')
  const begin = `<!-- figures: npm run ${script} writes what is between these lines -->`
  const [before, rest] = page.split(begin)
  const end = rest?.indexOf(END) ?? -1
  if (rest === undefined || end === -1) throw new Error(`${path} has no place for the figures of ${script}`)
  const after = rest.slice(end + END.length)
  writeFileSync(path, `${before}${begin}\n\n${text}\n\n${END}${after}`)
}

/** Rounds a figure, to as many digits as show on which side of its bound it is: 50.1 of 50, and not 50. */
function show(value: number, bound: number): string {
  const least = value >= 10 ? 0 : value >= 1 || value <= 0 ? 1 : 1 - Math.floor(Math.log10(value))
  for (let digits = least; digits < least + MAX_MORE_DIGITS; digits++) {
    const text = value.toFixed(digits)
    if (Math.sign(Number(text) - bound) === Math.sign(value - bound)) return text
  }

  return value.toFixed(least)
}
