import type {GraphList} from '../lib/graph/list.js'
import type {StartResult} from '../lib/server/results.js'
import {paint, printable} from './output.js'
import {renderTable} from './table.js'

export function graphListText({'data-dir': dataDir, graphs}: GraphList): string[] {
  if (graphs.length === 0) return [`No graphs in ${printable(dataDir)}. Make one with: logseq graph create --repo NAME`]
  return renderTable(
    ['GRAPH', 'SIZE', 'CHANGED', 'DIRECTORY'],
    graphs.map(({dir, graph, modified, size}) => [
      printable(graph),
      size === undefined ? '-' : bytes(size),
      modified === undefined ? '-' : localTime(modified),
      printable(dir),
    ]),
  )
}

export function graphCreateText({graph, log}: StartResult): string[] {
  const dir = log.slice(0, log.lastIndexOf('/'))
  return [paint('green', `Graph created: ${printable(graph)}`), `  Directory  ${printable(dir)}`]
}

/** A size as a person says it. */
export function bytes(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, size)) / 10))
  const number = size / 1024 ** unit
  return `${unit === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${units[unit]}`
}

/** A time of day and date, where the reader is. */
function localTime(iso: string): string {
  const date = new Date(iso)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}
