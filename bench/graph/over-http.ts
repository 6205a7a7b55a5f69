import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'

import {cpuOf, median, rssOf} from '../measure.js'
import {onOneCpu} from '../one-cpu.js'
import type {Figure} from '../report.js'
import type {Workplace} from '../workplace.js'
import {Client, pullCall, queryCall} from './client.js'
import type {Graphs} from './graphs.js'
import {QUESTIONS} from './queries.js'
import {Random} from './random.js'

const ECHO = fileURLToPath(new URL('echo.js', import.meta.url))

/** Requests that do not count: the code is compiled, and much of the graph gets into memory. */
const WARM_UP = 2000
const PULLS = 1000
const QUERIES = 20

/** Reads one entity from a server and, in turns, sends the same request to an echo server. */
export async function comparePulls(graphs: Graphs, place: Workplace, name: string, rounds: number): Promise<Figure> {
  const {data} = await place.cli(['server', 'start', '--repo', name], graphs.dataDir)
  const pid = data['pid'] as number
  const echo = spawn(process.execPath, [ECHO], {env: place.env(), stdio: ['ignore', 'pipe', 'inherit']})
  const [port] = (await once(echo.stdout, 'data')) as [Buffer]
  const server = Client.ofServer(graphs.dirOf(name))
  const bare = new Client(Number(port), '/')
  try {
    const random = new Random(3)
    const ask = async (times: number): Promise<{ours: number[]; theirs: number[]}> => {
      const ours: number[] = []
      const theirs: number[] = []
      for (let i = 0; i < times; i++) {
        const call = pullCall(name, graphs.someEntity(name, random))
        ours.push(await server.ask(call))
        theirs.push(await bare.ask(call))
      }

      return {ours, theirs}
    }

    await ask(WARM_UP)
    const before = [cpuOf(pid), cpuOf(echo.pid!)] as const
    const {ours, theirs} = await onOneCpu([pid, echo.pid!], () => ask(rounds))
    const cpu = (cpuOf(pid) - before[0]) / (cpuOf(echo.pid!) - before[1])
    return {
      bound: 3,
      measured: median(ours) / median(theirs),
      unit: 'x an HTTP echo',
      what: `one entity, over HTTP (median; CPU of the server ${cpu.toFixed(1)} x)`,
    }
  } finally {
    server.close()
    bare.close()
    echo.kill()
    await place.cli(['server', 'stop', '--repo', name], graphs.dataDir)
  }
}

/** Measures the memory of a server after a first read, and after many of all kinds. */
export async function measureMemory(graphs: Graphs, place: Workplace, name: string): Promise<Figure[]> {
  const {data} = await place.cli(['server', 'start', '--repo', name], graphs.dataDir)
  const pid = data['pid'] as number
  const server = Client.ofServer(graphs.dirOf(name))
  try {
    const random = new Random(4)
    await server.ask(pullCall(name, graphs.someEntity(name, random)))
    const opened = rssOf(pid)
    for (let i = 0; i < PULLS; i++) await server.ask(pullCall(name, graphs.someEntity(name, random)))
    for (let i = 0; i < QUERIES; i++) await server.ask(queryCall(name, QUESTIONS[i % QUESTIONS.length]!))
    const what = `memory (RSS) with ${name} datoms`
    return [
      {bound: 85, measured: opened, unit: 'MiB', what: `${what}, after one read`},
      {bound: 140, measured: rssOf(pid), unit: 'MiB', what: `${what}, after ${PULLS} reads and ${QUERIES} queries`},
    ]
  } finally {
    server.close()
    await place.cli(['server', 'stop', '--repo', name], graphs.dataDir)
  }
}
