import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {Graphs} from './graph/graphs.js'
import {type Cost, cpuOf, median, rssOf, run, sum} from './measure.js'
import type {Figure} from './report.js'
import {measureScale} from './scale.js'
import {Workplace} from './workplace.js'

/** Time that an idle server is observed, in ms. */
const IDLE_MS = 60_000

/** Time until V8 has cleaned up after the start, which it does once, in ms. */
const SETTLE_MS = 15_000

/** Uses of compiled code that are counted, some of which compare it: bundle/code-cache.ts. */
const COUNTED_USES = 32

/** Unit of CPU time in Linux, in ms. */
const TICK_MS = 10

const AT_ONCE = 50
const SLACK = 1.2

/** The samples of everything that is measured in turns, so that what else the machine does weighs on all alike. */
const MEASURED = [
  'node',
  'start',
  'version',
  'first',
  'reuse',
  'status',
  'query',
  'invoke',
  'restart',
  'stop',
  'existing',
  'list 1',
  'list 200',
] as const

type Samples = Record<(typeof MEASURED)[number], Cost[]>

const QUERY = '[:find ?ident :where [?e :db/ident ?ident]]'

/**
 * Measures everything.
 * @param rounds number of rounds, of which the medians count
 * @param crowds how often 50 starts at once
 */
export async function measureAll(rounds: number, crowds: number, tell: (line: string) => void): Promise<Figure[]> {
  const [place, graphs] = [new Workplace(), new Graphs()]
  try {
    const idle = await beginIdle(place)
    await graphs.write('10k', 10_000)
    tell(`${rounds} rounds of single commands`)
    const samples = await takeTurns(place, graphs, rounds)
    tell(`${crowds} times ${AT_ONCE} starts at once`)
    const crowd = await measureCrowds(place, crowds)
    tell('an idle server')
    return [
      ...singleFigures(samples),
      crowdFigure(crowd),
      ...(await idle.end()),
      ...(await measureScale(place, graphs, tell)),
    ]
  } finally {
    await place.dispose()
    graphs.dispose()
  }
}

async function takeTurns(place: Workplace, graphs: Graphs, rounds: number): Promise<Samples> {
  const samples = Object.fromEntries(MEASURED.map((name) => [name, [] as Cost[]])) as Samples
  const [one, many] = [place.graphs('one', 1), place.graphs('many', 200)]
  for (let round = -1; round < rounds; round++) {
    const [repo, filled] = [`turn ${round}`, `filled ${round}`]
    place.put(filled, join(graphs.dirOf('10k'), 'db.sqlite'))
    const costs = {
      node: await baseline(place),
      start: await place.start(repo),
      version: await place.version(),
      first: await place.cli(['query', QUERY, '--repo', repo]), // in it, the server runs much for the first time
      reuse: await place.cli(['server', 'start', '--repo', repo]),
      status: await place.cli(['server', 'status', '--repo', repo]),
      query: await place.cli(['query', QUERY, '--repo', repo]),
      invoke: await place.cli(['invoke', 'get-version', '--repo', repo]),
      restart: await place.cli(['server', 'restart', '--repo', repo]),
      stop: await place.cli(['server', 'stop', '--repo', repo]),
      existing: await place.start(filled),
      'list 1': await place.cli(['server', 'list'], one),
      'list 200': await place.cli(['server', 'list'], many),
    }
    await place.cli(['server', 'stop', '--repo', filled])
    if (round < 0) continue // the first reads files from the disk
    for (const name of MEASURED) samples[name].push(costs[name])
  }

  return samples
}

function baseline(place: Workplace): Promise<Cost> {
  return run(['-e', '0'], place.env())
}

function singleFigures(samples: Samples): Figure[] {
  const ratio = (what: keyof Samples, to: keyof Samples, of: keyof Cost) =>
    median(samples[what].map((cost) => cost[of])) / median(samples[to].map((cost) => cost[of]))
  const toNode = (name: keyof Samples, what: string, bound: number): Figure => ({
    bound,
    measured: ratio(name, 'node', 'cpu'),
    unit: 'x `node -e 0`',
    wall: ratio(name, 'node', 'wall'),
    what,
  })
  return [
    toNode('version', '--version', 1.3),
    toNode('status', 'status of a server that runs', 1.8),
    toNode('list 1', 'list of one graph without a server', 1.8),
    toNode('reuse', 'start where a server runs', 1.8),
    toNode('first', 'first query of a server that has just started', 4),
    toNode('query', 'query of a server that runs', 2.2),
    toNode('invoke', 'invoke of a server that runs', 2.2),
    toNode('stop', 'stop, until the process is gone', 3),
    {
      bound: 5,
      measured: ratio('existing', 'node', 'wall'),
      unit: 'x `node -e 0` (wall)',
      what: 'start of a graph of 10k datoms until it is ready',
    },
    {
      bound: 7,
      measured: ratio('restart', 'node', 'wall'),
      unit: 'x `node -e 0` (wall)',
      what: 'restart until it is ready',
    },
    toNode('start', 'start of a new graph until it is ready (command and server)', 14),
    {
      bound: 2,
      measured: ratio('list 200', 'list 1', 'cpu'),
      unit: 'x list over 1 graph',
      wall: ratio('list 200', 'list 1', 'wall'),
      what: 'list over 200 graphs',
    },
  ]
}

/** Measures the cost of 50 starts at once, and its bound, in ms of CPU. */
async function measureCrowds(place: Workplace, crowds: number): Promise<{allowed: number[]; taken: number[]}> {
  const allowed: number[] = []
  const taken: number[] = []
  for (let round = 0; round < crowds; round++) {
    const single = await place.start(`single ${round}`)
    const reuses = []
    for (let i = 0; i < 5; i++) reuses.push(await place.cli(['server', 'start', '--repo', `single ${round}`]))
    const repo = `crowd ${round}`
    const start = ['server', 'start', '--create', '--repo', repo]
    const crowd = await Promise.all(Array.from({length: AT_ONCE}, () => place.cli(start)))
    const pid = crowd[0]!.data['pid'] as number
    if (crowd.some(({data}) => data['pid'] !== pid)) throw new Error('more than one server came of 50 starts at once')
    taken.push(sum(crowd.map(({cpu}) => cpu)) + cpuOf(pid))
    allowed.push(AT_ONCE * median(reuses.map((reuse) => reuse.cpu)) + single.cpu)
    await place.cli(['server', 'stop', '--repo', repo])
    await place.cli(['server', 'stop', '--repo', `single ${round}`])
  }

  return {allowed, taken}
}

function crowdFigure({allowed, taken}: {allowed: number[]; taken: number[]}): Figure {
  const ratios = taken.map((cpu, i) => cpu / allowed[i]!)
  return {bound: SLACK, measured: median(ratios), unit: 'x 50 reuses and one start', what: `${AT_ONCE} starts at once`}
}

/**
 * Runs the short commands as often as their uses are counted, as on a machine where they have been used for a while. The server starts three
 * times: it compares its compiled code at the second and the third, and not at the next.
 */
async function keepCode(place: Workplace): Promise<void> {
  const repo = 'first'
  for (let start = 0; start < 3; start++) {
    await place.start(repo)
    if (start < 2) await place.cli(['server', 'stop', '--repo', repo])
  }

  for (let use = 0; use <= COUNTED_USES; use++) {
    await place.version()
    await place.cli(['server', 'start', '--repo', repo])
    await place.cli(['server', 'status', '--repo', repo])
    await place.cli(['query', QUERY, '--repo', repo])
    await place.cli(['invoke', 'get-version', '--repo', repo])
  }

  await place.cli(['server', 'stop', '--repo', repo])
}

/** Starts a server that receives no request from now on. */
async function beginIdle(place: Workplace): Promise<{end(): Promise<Figure[]>}> {
  await keepCode(place)
  const {pid} = await place.start('idle')
  const settled = delay(SETTLE_MS).then(() => ({began: performance.now(), before: cpuOf(pid)}))
  return {
    async end() {
      const {before, began} = await settled
      await delay(Math.max(0, IDLE_MS - (performance.now() - began)))
      const minutes = (performance.now() - began) / 60_000
      const ticks = (cpuOf(pid) - before) / TICK_MS / minutes
      return [
        {bound: 50, measured: rssOf(pid), unit: 'MiB', what: 'memory of an idle server (RSS)'},
        {bound: 2, measured: ticks, unit: 'ticks a minute', what: 'CPU of an idle server'},
      ]
    },
  }
}
