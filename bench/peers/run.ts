import {spawnSync} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

import {end, know} from '../../test/support/processes.js'
import {type Cost, cpuOf, median, rssOf, run, runProgram, sum} from '../measure.js'
import {writeFigures} from '../report.js'
import {type Peer, type PeerCommands, PEERS} from './peers.js'
import {peerChart, type PeerFigures, peerTable} from './report.js'

/**
 * `npm run bench:peers [-- --rounds N --dry]`: installs the peers from npm into a temporary directory, and measures them and
 * the built program in turns.
 */
const {values} = parseArgs({
  options: {dry: {default: false, type: 'boolean'}, rounds: {default: '9', type: 'string'}},
})

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))

/** Time that a server is left alone before its memory is read, in ms. Meanwhile ours keeps its compiled code, if it has none. */
const SETTLE_MS = 3000

/** Rounds that do not count: the first reads files from the disk and compiles code, the second is for the memory. */
const UNCOUNTED = 2

/** Maximum time for a server to be gone, in ms. */
const GONE_MS = 10_000

const STEPS = ['start', 'again', 'status', 'restart', 'stop'] as const

/** In the environment of all that is started here, by which it is found. */
const MARK = `LOGSEQ_BENCH=${randomUUID()}`

interface Candidate {
  commands: PeerCommands
  costs: Record<keyof PeerCommands, Cost[]>
  dir: string
  memory: number[]
  peer: Peer
}

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'logseq-server-peers-')))
chmodSync(scratch, 0o711) // PostgreSQL runs as another user
try {
  await main(Number(values.rounds))
} finally {
  for (const pid of marked()) {
    const known = know(pid)
    if (known) await end(known)
  }

  rmSync(scratch, {force: true, recursive: true})
}

async function main(rounds: number): Promise<void> {
  const candidates = PEERS.map((peer, i) => prepare(peer, join(scratch, String(i)))).filter((one) => one !== undefined)
  const node: Cost[] = []
  for (let round = -UNCOUNTED; round < rounds; round++) {
    console.error(`round ${round + UNCOUNTED} of ${rounds + UNCOUNTED - 1} ...`)
    const costs = await run(['-e', '0'], env(scratch))
    if (round >= 0) node.push(costs)
    for (const candidate of candidates) await measure(candidate, round)
  }

  const figures = candidates.map((candidate) => figuresOf(candidate, node))
  const text = `${peerTable(figures)}\n\n${peerChart(figures)}`
  console.log(text)
  if (values.dry) return
  const day = new Date().toISOString().slice(0, 10)
  const heading = `Node.js ${process.version}, ${day}, medians of ${rounds} rounds.`
  writeFigures(PAGE, 'bench:peers', `${heading}\n\n${text}`)
}

function prepare(peer: Peer, dir: string): Candidate | undefined {
  mkdirSync(dir)
  if (peer.packages.length > 0) {
    writeFileSync(join(dir, 'package.json'), '{"name":"bench","packageManager":"npm@10.8.2"}')
    const npm = ['install', '--no-audit', '--no-fund', '--loglevel', 'error', ...peer.packages]
    const {status, stderr} = spawnSync('npm', npm, {cwd: dir, encoding: 'utf8'})
    if (status !== 0) throw new Error(`npm ${npm.join(' ')}: ${stderr}`)
  }

  if (peer.prepare?.(dir) === false) {
    console.error(`${peer.name} is left out: this machine does not have it, or it does not run as this user`)
    return undefined
  }

  return {
    commands: peer.commands(dir),
    costs: {again: [], restart: [], start: [], status: [], stop: []},
    dir,
    memory: [],
    peer,
  }
}

/** Runs each command once; the server is gone at the end. Rounds below 0 do not count. */
async function measure({commands, costs, dir, memory}: Candidate, round: number): Promise<void> {
  for (const step of STEPS) {
    const before = new Map(marked().map((pid) => [pid, cpuSoFar(pid)]))
    const began = performance.now()
    const ran = await runProgram(commands[step], env(dir), dir)
    const servers = marked()
    // A server that was started costs, too; one that goes on costs what it took for the answer.
    const cpu = ran.cpu + sum(servers.map((pid) => cpuSoFar(pid) - (before.get(pid) ?? 0)))
    if (step === 'stop') await untilGone()
    const wall = step === 'stop' ? performance.now() - began : ran.wall
    if (round >= 0) costs[step].push({cpu, wall})
    if (step !== 'restart' || round >= 0) continue
    await delay(SETTLE_MS)
    if (round === -1) memory.push(sum(servers.map((pid) => rssOf(pid))))
  }
}

/** A process may have ended since it was seen. */
function cpuSoFar(pid: number): number {
  try {
    return cpuOf(pid)
  } catch {
    return 0 // it is gone
  }
}

async function untilGone(): Promise<void> {
  const deadline = performance.now() + GONE_MS
  while (marked().length > 0) {
    if (performance.now() > deadline) throw new Error(`still there: ${marked().join(', ')}`)
    await delay(1)
  }
}

function figuresOf({costs, memory, peer}: Candidate, node: readonly Cost[]): PeerFigures {
  const ratio = (step: keyof PeerCommands, of: keyof Cost) =>
    median(costs[step].map((cost) => cost[of])) / median(node.map((cost) => cost[of]))
  const all = (of: keyof Cost) =>
    Object.fromEntries(STEPS.map((step) => [step, ratio(step, of)])) as Record<keyof PeerCommands, number>
  return {cpu: all('cpu'), memory: median(memory), name: peer.name, wall: all('wall')}
}

function env(dir: string): NodeJS.ProcessEnv {
  const {NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...kept} = process.env
  const [name = '', value] = MARK.split('=')
  const own = {
    [name]: value,
    HOME: dir,
    PM2_HOME: join(dir, '.pm2'),
    TURBO_TELEMETRY_DISABLED: '1',
    XDG_RUNTIME_DIR: dir,
  }
  const foreign = Object.entries(kept).filter(([key]) => !key.startsWith('LOGSEQ_') && !key.startsWith('XDG_'))
  return {...Object.fromEntries(foreign), ...own}
}

/** The processes that were started here and live. */
function marked(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(MARK) && know(pid) !== undefined
      } catch {
        return false // gone, or of another user
      }
    })
}
