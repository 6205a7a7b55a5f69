import {listPages} from '../../src/logseq/lists/pages.js'
import {ValueMap} from '../../src/values/types.js'
import {median} from '../measure.js'
import type {Figure} from '../report.js'
import type {Held} from './held.js'

const TIMEOUT_MS = 60_000

/** Rounds that do not count: the cache fills, and the code is compiled. */
const WARM_UP = 10

/** Lists all pages of a graph of about a thousand, as `cli-list-pages` does, in CPU time: others may use the machine, too. */
export async function measureList({connection, scheduler}: Held, rounds: number): Promise<Figure> {
  const times: number[] = []
  let count = 0
  for (let round = -WARM_UP; round < rounds; round++) {
    const began = process.cpuUsage()
    const snapshot = connection.snapshot()
    try {
      const rows = await scheduler.run((execution) => listPages(snapshot.db, new ValueMap(), execution), {
        timeoutMs: TIMEOUT_MS,
      })
      count = rows.items.length
    } finally {
      snapshot.release()
    }

    const {system, user} = process.cpuUsage(began)
    if (round >= 0) times.push((system + user) / 1000)
  }

  return {bound: 20, measured: median(times), unit: 'ms of CPU', what: `a list of all pages (${count})`}
}
