import isTooOld from '../src/lib/check-node.js'
import {cachedLoader} from './code-cache.js'
import type * as Server from './db-worker-node.js'

// An old Node.js loads this, too: nothing else is done before the check.
if (!isTooOld()) {
  const writes: (() => void)[] = []
  const load = cachedLoader((write) => writes.push(write))
  const {ready} = load('db-worker-node.cjs') as typeof Server
  // It has compiled what a start needs, and not yet what requests need: a server without any would have that in memory, too.
  void ready.then(() => {
    for (const write of writes) write()
  })
}
