import type {Surroundings} from '../../src/logseq/connection.js'

/** No daemon around the graph, and no backup before the first write. */
export const UNTOUCHED: Surroundings = {
  *backUp() {},
  damage: () => undefined,
  markSearchStale() {},
  requireMine() {},
}
