import {hostname} from 'node:os'

import {exists} from './exists.js'
import type {ProcessTable} from './table.js'

/** Process table where none can be read: it only reports whether a pid exists, and proof over HTTP decides the rest. */
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
