import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

import {type Figure, holds, table, writeFigures} from '../report.js'
import {Workplace} from '../workplace.js'
import {Graphs} from './graphs.js'
import {holding} from './held.js'
import {measureList} from './lists.js'
import {measureOpening} from './openings.js'
import {compareInserts} from './outliner.js'
import {comparePulls, measureMemory} from './over-http.js'
import {compareQueries} from './reads.js'
import {measureSearches} from './searches.js'
import {compareWrites} from './writes.js'

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const SIZES = [
  ['10k', 10_000],
  ['100k', 100_000],
  ['500k', 500_000],
] as const

/** `npm run bench:graph [-- --rounds N --dry]`: measures the engine on generated graphs, and shows whether it keeps its bounds. */
const {values} = parseArgs({options: {dry: {default: false, type: 'boolean'}, rounds: {default: '21', type: 'string'}}})
if (process.platform !== 'linux') {
  console.error('The benchmark reads memory from /proc: it runs on Linux only.')
  process.exit(1)
}

const rounds = Number(values.rounds)
const tell = (line: string) => console.error(`${line} ...`)
const graphs = new Graphs()
const place = new Workplace()
const figures: Figure[] = []
try {
  for (const [name, datoms] of SIZES) {
    tell(`a graph of ${name} datoms`)
    await graphs.write(name, datoms)
    figures.push(await measureOpening(graphs, name, rounds))
  }

  tell('reads over HTTP')
  figures.push(await comparePulls(graphs, place, '100k', rounds * 50))
  tell('memory')
  figures.push(...(await measureMemory(graphs, place, '500k')))
  tell('queries and writes')
  const inProcess = await holding(graphs, '100k', async (held) => [
    ...(await compareQueries(held, rounds)),
    await compareWrites(held, `${graphs.dirOf('100k')}/bare.sqlite`, rounds * 20),
    await compareInserts(held, rounds * 20),
  ])
  figures.push(...inProcess)
  tell('a list of a thousand pages')
  await graphs.write('200k', 200_000)
  figures.push(await holding(graphs, '200k', (held) => measureList(held, rounds)))
  tell('searches in a hundred thousand blocks')
  await graphs.write('850k', 850_000)
  const searches = await holding(graphs, '850k', (held) => measureSearches(held, graphs.dirOf('850k'), rounds))
  figures.push(...searches)
} finally {
  await place.dispose()
  graphs.dispose()
}

const text = table(figures, 'measured')
console.log(text)
if (!values.dry) {
  const day = new Date().toISOString().slice(0, 10)
  writeFigures(
    PAGE,
    'bench:graph',
    `Node.js ${process.version}, ${day}, medians of ${rounds} rounds and more.\n\n${text}`,
  )
}

process.exit(figures.every((figure) => holds(figure)) ? 0 : 1)
