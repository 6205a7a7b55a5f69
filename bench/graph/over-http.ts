import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'

import {median, rssOf} from '../measure.js'
import type {Figure} from '../scenarios.js'
import type {Workplace} from '../workplace.js'
import {Client, pullCall, queryCall} from './client.js'
import type {Graphs} from './graphs.js'
import {QUESTIONS} from './queries.js'
import {Random} from './random.js'

const ECHO = fileURLToPath(new URL('echo.js', import.meta.url))

const WARM_UP = 200
const PULLS = 1000
const QUERIES = 20

/** Reading one entity of a daemon, and sending the same question to a server that only sends it back, in turns. */
export async function comparePulls(graphs: Graphs, place: Workplace, name: string, rounds: number): Promise<Figure> {
  await place.cli(['server', 'start', '--repo', name], graphs.dataDir)
  const echo = spawn(process.execPath, [ECHO], {env: place.env(), stdio: ['ignore', 'pipe', 'inherit']})
  const [port] = (await once(echo.stdout, 'data')) as [Buffer]
  const daemon = Client.ofDaemon(graphs.dirOf(name))
  const bare = new Client(Number(port), '/')
  try {
    const ours: number[] = []
    const theirs: number[] = []
    const random = new Random(3)
    for (let round = -WARM_UP; round < rounds; round++) {
      const call = pullCall(name, graphs.someEntity(name, random))
      const times = [await daemon.ask(call), await bare.ask(call)] as const
      if (round < 0) continue
      ours.push(times[0])
      theirs.push(times[1])
    }

    return {bound: 3, measured: median(ours) / median(theirs), unit: 'x an HTTP echo', what: 'one entity, over HTTP'}
  } finally {
    daemon.close()
    bare.close()
    echo.kill()
    await place.cli(['server', 'stop', '--repo', name], graphs.dataDir)
  }
}

/** What a daemon holds in memory after a first read, and after many of all kinds. */
export async function measureMemory(graphs: Graphs, place: Workplace, name: string): Promise<Figure[]> {
  const {data} = await place.cli(['server', 'start', '--repo', name], graphs.dataDir)
  const pid = data['pid'] as number
  const daemon = Client.ofDaemon(graphs.dirOf(name))
  try {
    const random = new Random(4)
    await daemon.ask(pullCall(name, graphs.someEntity(name, random)))
    const opened = rssOf(pid)
    for (let i = 0; i < PULLS; i++) await daemon.ask(pullCall(name, graphs.someEntity(name, random)))
    for (let i = 0; i < QUERIES; i++) await daemon.ask(queryCall(name, QUESTIONS[i % QUESTIONS.length]!))
    const what = `memory (RSS) with ${name} datoms`
    return [
      {bound: 85, measured: opened, unit: 'MiB', what: `${what}, after one read`},
      {bound: 140, measured: rssOf(pid), unit: 'MiB', what: `${what}, after ${PULLS} reads and ${QUERIES} queries`},
    ]
  } finally {
    daemon.close()
    await place.cli(['server', 'stop', '--repo', name], graphs.dataDir)
  }
}
