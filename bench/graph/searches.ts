import {SearchIndex} from '../../src/logseq/search/search-index.js'
import {readAsked, searchBlocks} from '../../src/logseq/search/search.js'
import {type List, ValueMap} from '../../src/values/types.js'
import {median} from '../measure.js'
import type {Figure} from '../report.js'
import type {Held} from './held.js'

/** For the making of the index, which takes longest. */
const TIMEOUT_MS = 600_000

/** Rounds that do not count: the cache fills, and the code is compiled. */
const WARM_UP = 5

/** Texts that people type: a word that thousands of blocks have, two of them, two letters, and what no title has. */
const TYPED: readonly (readonly [string, string])[] = [
  ['a word', 'meeting'],
  ['two words', 'review project'],
  ['two letters', 'me'],
  ['what no title has', 'xylophone'],
]

/** Searches a graph of a hundred thousand blocks, as `search-blocks` does, in CPU time. */
export async function measureSearches({connection, scheduler}: Held, dir: string, rounds: number): Promise<Figure[]> {
  const index = new SearchIndex(dir, (error) => {
    throw error
  })
  const hold = () => connection.snapshot()
  const store = await scheduler.run((execution) => index.ready(hold, execution, () => index.build(hold, execution)), {
    timeoutMs: TIMEOUT_MS,
  })
  const figures: Figure[] = []
  try {
    for (const [what, typed] of TYPED) {
      const times: number[] = []
      let found = 0
      for (let round = -WARM_UP; round < rounds; round++) {
        const began = process.cpuUsage()
        const asked = readAsked(typed, new ValueMap())
        const result = await scheduler.run((execution) => searchBlocks(connection.db, store, asked, execution), {
          timeoutMs: TIMEOUT_MS,
        })
        const {system, user} = process.cpuUsage(began)
        found = (result as List).items.length
        if (round >= 0) times.push((system + user) / 1000)
      }

      figures.push({
        bound: 30,
        measured: median(times),
        unit: 'ms of CPU',
        what: `a search for ${what} (${found} found)`,
      })
    }
  } finally {
    index.close(connection.db)
  }

  return figures
}
