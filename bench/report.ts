import {readFileSync, writeFileSync} from 'node:fs'

const END = '<!-- end of figures -->'

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
    round(figure.measured),
    figure.wall === undefined ? '' : round(figure.wall),
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
 * Puts the figures in the place that a page keeps for them.
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

function round(value: number): string {
  if (value >= 10) return value.toFixed(0)
  return value >= 1 ? value.toFixed(1) : value.toPrecision(2)
}
