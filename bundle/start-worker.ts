import isTooOld from '../src/lib/check-node.js'
import {cachedLoader} from './code-cache.js'

/** Time after which a server has compiled all that a start needs, in ms. It may then run for weeks. */
const UP_MS = 2000

// An old Node.js loads this, too: nothing else is done before the check.
if (!isTooOld()) {
  const load = cachedLoader((write) => {
    setTimeout(write, UP_MS).unref()
  })
  load('db-worker-node.cjs')
}
