import {hostname} from 'node:os'

import {exists} from './exists.js'
import type {ProcessTable} from './table.js'

/** Where no process table can be read: a pid is known to be there or not, and proof over HTTP decides the rest. */
export function otherTable(): ProcessTable {
  return {
    list: async () => [],
    listens: () => undefined,
    opens: () => undefined,
    getProcess: async (pid) => (exists(pid) ? {pid, zombie: false} : undefined),
    hostIdentity: async () => ({'machine-id': hostname()}),
    scans: false,
  }
}
