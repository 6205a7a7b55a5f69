import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

import {holds, table, writeFigures} from './report.js'
import {measureAll} from './scenarios.js'

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

/** Version of Node.js for which the bounds are. Figures of others are reported too. */
const BOUND_VERSION = '20'

/** `npm run bench [-- --rounds N --crowds N --dry]`: measures the built programs, and shows whether they keep their bounds. */
const {values} = parseArgs({
  options: {
    crowds: {default: '3', type: 'string'},
    dry: {default: false, type: 'boolean'},
    rounds: {default: '21', type: 'string'},
  },
})

if (process.platform !== 'linux') {
  console.error('The benchmark reads CPU times from /proc: it runs on Linux only.')
  process.exit(1)
}

const [rounds, crowds] = [Number(values.rounds), Number(values.crowds)]
const figures = await measureAll(rounds, crowds, (line) => console.error(`${line} ...`))
const text = table(figures, 'measured (CPU)')
console.log(text)
const [version] = process.versions.node.split('.')
if (!values.dry) {
  const day = new Date().toISOString().slice(0, 10)
  const script = version === BOUND_VERSION ? 'bench' : `bench with Node.js ${version}`
  writeFigures(PAGE, script, `Node.js ${process.version}, ${day}, medians of ${rounds} rounds.\n\n${text}`)
}

process.exit(version !== BOUND_VERSION || figures.every((figure) => holds(figure)) ? 0 : 1)
