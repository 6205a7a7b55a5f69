import {openStore} from '../../src/engine/files/open.js'
import {systemClock} from '../../src/lib/clock.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {openGraph} from '../../src/logseq/open-graph.js'
import {UNTOUCHED} from './surroundings.js'

/**
 * Opens the graph in a directory, in a process that has done nothing yet but load SQLite, as a server has for its server lock,
 * and prints how much CPU time that took, in ms.
 */
const [dir] = process.argv.slice(2)
openSqlite(':memory:')
const before = process.cpuUsage()
const store = await openStore(dir as string, {clock: systemClock, create: false})
const {connection} = openGraph(store.db, {newGraph: undefined, cacheDatoms: 1000, path: store.path}, UNTOUCHED)
if (connection.db.list(1).length === 0) throw new Error('the graph has no first entity')
const {system, user} = process.cpuUsage(before)
console.log((system + user) / 1000)
store.close()
