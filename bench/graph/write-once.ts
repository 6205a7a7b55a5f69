import {openStore} from '../../src/engine/files/open.js'
import {KvsStore} from '../../src/engine/storage/kvs-store.js'
import {systemClock} from '../../src/lib/clock.js'
import {generate} from './generate.js'

const SEED = 1

/** Writes a graph of about so many datoms into a directory, and prints its last entity. */
const [dir, datoms] = process.argv.slice(2)
const handle = await openStore(dir as string, {clock: systemClock, create: true})
const store = new KvsStore(handle.db, {cacheDatoms: 0})
const graph = generate(Number(datoms), SEED, store)
store.flush(graph)
handle.checkpoint()
handle.close()
console.log(graph.maxEid)
