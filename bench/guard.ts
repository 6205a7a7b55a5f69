import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

import {run} from './measure.js'
import {Workplace} from './workplace.js'

const BASELINE = fileURLToPath(new URL('baseline.json', import.meta.url))

/** Room for what a machine does beside, and for another version of Node.js. What loads a framework costs twice as much. */
const ROOM = 1.35

/** A query, as people send it. */
const QUERY = '[:find ?ident :where [?e :db/ident ?ident]]'

/** A call that costs more than it may. */
export interface Slower {
  call: string
  /** CPU time as a multiple of `node -e 0`: what was stored, and what is. */
  stored: number
  now: number
}

/**
 * Compares the CPU time of short commands with the stored one. The least of all rounds counts, as noise only adds.
 * @param update store what is measured
 */
export async function findSlower(rounds: number, update: boolean): Promise<Slower[]> {
  const ratios = await measureRatios(rounds)
  if (update) writeFileSync(BASELINE, `${JSON.stringify(ratios, undefined, 2)}\n`)
  const stored = JSON.parse(readFileSync(BASELINE, 'utf8')) as Record<string, number>
  return Object.entries(ratios)
    .map(([call, now]) => ({call, now, stored: stored[call] ?? 0}))
    .filter(({now, stored: before}) => now > before * ROOM)
}

async function measureRatios(rounds: number): Promise<Record<string, number>> {
  const place = new Workplace()
  const least: Record<string, number> = {}
  const note = (call: string, cpu: number) => {
    least[call] = Math.min(least[call] ?? Number.POSITIVE_INFINITY, cpu)
  }

  try {
    await place.start('guard')
    const of = ['--repo', 'guard']
    for (let round = 0; round < rounds; round++) {
      note('node', (await run(['-e', '0'], place.env())).cpu)
      note('--version', (await place.version()).cpu)
      note('server status', (await place.cli(['server', 'status', ...of])).cpu)
      note('server start, again', (await place.cli(['server', 'start', ...of])).cpu)
      note('server list', (await place.cli(['server', 'list'])).cpu)
      note('query', (await place.cli(['query', QUERY, ...of])).cpu)
      note('invoke', (await place.cli(['invoke', 'get-version', ...of])).cpu)
    }
  } finally {
    await place.dispose()
  }

  const {node = Number.NaN, ...calls} = least
  return Object.fromEntries(Object.entries(calls).map(([call, cpu]) => [call, Number((cpu / node).toFixed(2))]))
}
