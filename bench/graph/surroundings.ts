import type {ConnectionHooks} from '../../src/logseq/connection.js'

/** No server around the graph, and no backup before the first write. */
export const UNTOUCHED: ConnectionHooks = {
  *backUp() {},
  damage: () => undefined,
  markSearchStale() {},
  assertOwnership() {},
}
