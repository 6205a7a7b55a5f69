import type {PeerCommands} from './peers.js'

/** Cost of a program, as multiples of `node -e 0`. */
export interface PeerFigures {
  cpu: Record<keyof PeerCommands, number>
  /** Resident memory of its idle server, in MiB. */
  memory: number
  name: string
  wall: Record<keyof PeerCommands, number>
}

const COLUMNS: readonly (readonly [keyof PeerCommands, string])[] = [
  ['start', 'start to ready'],
  ['again', 'start again'],
  ['status', 'status'],
  ['restart', 'restart'],
  ['stop', 'stop to gone'],
]

/** Width of the longest bar, in characters. */
const BAR = 40

/** The figures as a Markdown table: wall time, and CPU time behind it. */
export function peerTable(all: readonly PeerFigures[]): string {
  const rows = all.map(({cpu, memory, name, wall}) => [
    name,
    ...COLUMNS.map(([step]) => `${wall[step].toFixed(1)} (${cpu[step].toFixed(1)})`),
    memory > 0 ? memory.toFixed(0) : '-',
  ])
  return markdown([['wall (CPU), x `node -e 0`', ...COLUMNS.map(([, title]) => title), 'idle RSS, MiB'], ...rows])
}

/** The wall times as bars. */
export function peerChart(all: readonly PeerFigures[]): string {
  const width = Math.max(...all.map(({name}) => name.length))
  const blocks = COLUMNS.map(([step, title]) => {
    const most = Math.max(...all.map(({wall}) => wall[step]))
    const bars = all.map(({name, wall}) => {
      const bar = '█'.repeat(Math.max(1, Math.round((wall[step] / most) * BAR)))
      return `  ${name.padEnd(width)} ${bar} ${wall[step].toFixed(1)}`
    })
    return [title, ...bars].join('\n')
  })
  return `\`\`\`text\n${blocks.join('\n\n')}\n\`\`\``
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
  lines.splice(1, 0, `| ${widths.map((size) => '-'.repeat(size)).join(' | ')} |`)
  return lines.join('\n')
}
