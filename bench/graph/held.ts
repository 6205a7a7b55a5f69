import {openStore} from '../../src/engine/files/open.js'
import {systemClock} from '../../src/lib/clock.js'
import type {Connection} from '../../src/logseq/connection.js'
import {openGraph} from '../../src/logseq/open-graph.js'
import {Scheduler} from '../../src/server/scheduler/scheduler.js'
import type {Graphs} from './graphs.js'
import {UNTOUCHED} from './surroundings.js'

/** Number of datoms that a server keeps in memory. */
const CACHE_DATOMS = 300_000

/** A graph that this process has open, as a server would. */
export interface Held {
  connection: Connection
  scheduler: Scheduler
}

/** Opens a graph while something is done with it. */
export async function holding<T>(graphs: Graphs, name: string, work: (held: Held) => Promise<T>): Promise<T> {
  const store = await openStore(graphs.dirOf(name), {clock: systemClock, create: false})
  try {
    const opening = {newGraph: undefined, cacheDatoms: CACHE_DATOMS, path: store.path}
    const {connection} = openGraph(store.db, opening, UNTOUCHED)
    return await work({connection, scheduler: new Scheduler()})
  } finally {
    store.close()
  }
}
