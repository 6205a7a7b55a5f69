import {spawn} from 'node:child_process'
import {connect, type Socket} from 'node:net'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {systemClock} from '../src/lib/clock.js'
import {LOOPBACK} from '../src/lib/lifecycle/inspect/exchange.js'
import {scanForOrphans} from '../src/lib/process/scan.js'
import {realSystem} from '../src/lib/process/system.js'
import type {Graphs} from './graph/graphs.js'
import {type Cost, median, rssOf, run} from './measure.js'
import type {Figure} from './report.js'
import type {Workplace} from './workplace.js'

const GRAPHS = 1000
const SERVERS = 50
const PROCESSES = 2000
const STREAMS = 1000

/** Longest waiting time for a list with one frozen server, in ms. */
const FROZEN_MS = 1150

/** Number of rounds for calls that take long or need much around them. */
const ROUNDS = 5

const QUERY = '[:find ?e ?title :where [?e :block/title ?title] [(= ?title "nothing has this title")]]'

/** Measures the cost of many graphs, servers, processes, listeners and facts. */
export async function measureScale(place: Workplace, graphs: Graphs, tell: (line: string) => void): Promise<Figure[]> {
  tell(`a list of ${GRAPHS} graphs with ${SERVERS} servers`)
  const lists = await measureLists(place)
  tell(`a scan over ${PROCESSES} processes`)
  const scan = await measureScan()
  tell(`${STREAMS} event streams`)
  const streams = await measureStreams(place)
  tell('the first query on 500k datoms')
  return [...lists, scan, streams, await measureFirstQuery(place, graphs)]
}

async function measureLists(place: Workplace): Promise<Figure[]> {
  const dataDir = place.graphs('thousand', GRAPHS - SERVERS)
  const pids: number[] = []
  for (let i = 0; i < SERVERS; i++) pids.push((await place.start(`served ${i}`, dataDir)).pid)
  const list = (): Promise<Cost> => place.cli(['server', 'list'], dataDir)
  await list()
  const [node, all, frozen]: [Cost[], Cost[], Cost[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    node.push(await run(['-e', '0'], place.env()))
    all.push(await list())
  }

  const one = pids[0]!
  process.kill(one, 'SIGSTOP')
  try {
    for (let round = 0; round < ROUNDS; round++) frozen.push(await list())
  } finally {
    process.kill(one, 'SIGCONT')
  }

  for (let i = 0; i < SERVERS; i++) await place.cli(['server', 'stop', '--repo', `served ${i}`], dataDir)
  const ratio = (of: keyof Cost) => median(all.map((cost) => cost[of])) / median(node.map((cost) => cost[of]))
  return [
    {
      bound: 4,
      measured: ratio('cpu'),
      unit: 'x `node -e 0`',
      wall: ratio('wall'),
      what: `list of ${GRAPHS} graphs with ${SERVERS} servers`,
    },
    {
      bound: FROZEN_MS,
      measured: median(frozen.map(({wall}) => wall)),
      unit: 'ms',
      what: 'the same with one frozen server (wall)',
    },
  ]
}

async function measureScan(): Promise<Figure> {
  const sleepers = spawn('sh', ['-c', `for i in $(seq ${PROCESSES}); do sleep 600 & done; echo ready; wait`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    await new Promise((resolve) => sleepers.stdout.once('data', resolve))
    const system = await realSystem()
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const began = systemClock.now()
      const {outcome} = await scanForOrphans(system, {dir: '/nowhere/graph', id: '0'})
      if (outcome !== 'done') throw new Error(`the scan ended as: ${outcome}`)
      times.push(systemClock.now() - began)
    }

    return {bound: 40, measured: median(times), unit: 'ms', what: `scan for orphans over ${PROCESSES} processes (wall)`}
  } finally {
    process.kill(-sleepers.pid!, 'SIGKILL') // the group that was made for them
  }
}

async function measureStreams(place: Workplace): Promise<Figure> {
  const {pid} = await place.start('heard')
  const {data} = await place.cli(['server', 'status', '--repo', 'heard', '--show-token'])
  const sockets: Socket[] = []
  const before = rssOf(pid)
  try {
    for (let i = 0; i < STREAMS; i++) sockets.push(await openStream(Number(data['port']), String(data['auth-token'])))
    await delay(1000) // until what its events need is there
    return {
      bound: 30,
      measured: rssOf(pid) - before,
      unit: 'MiB',
      what: `${STREAMS} event streams, memory (RSS) more than none`,
    }
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** Opens a stream, and waits for its head. */
function openStream(port: number, token: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({host: LOOPBACK, port})
    socket.on('error', reject)
    socket.once('data', (head: Buffer) => {
      if (head.toString('latin1').startsWith('HTTP/1.1 200')) resolve(socket)
      else reject(new Error(head.toString('latin1')))
    })
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${LOOPBACK}:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  })
}

/** From the call of a command until its answer, with a server that has just started. */
async function measureFirstQuery(place: Workplace, graphs: Graphs): Promise<Figure> {
  await graphs.write('half a million', 500_000)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const repo = `big ${round}`
    place.put(repo, join(graphs.dirOf('half a million'), 'db.sqlite'))
    await place.start(repo)
    times.push((await place.cli(['query', QUERY, '--repo', repo])).wall)
    await place.cli(['server', 'stop', '--repo', repo])
  }

  return {bound: 1000, measured: median(times), unit: 'ms', what: 'first query after a start, 500k datoms (wall)'}
}
