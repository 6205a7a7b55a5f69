import type * as Main from '../src/cli/main.js'
import isTooOld from '../src/lib/check-node.js'
import {cachedLoader} from './code-cache.js'
import type * as CommandLine from './command-line.js'

/** Fails when something cannot be loaded. An old Node.js loads this, too: nothing else is done before the check. */
export const started = isTooOld() ? undefined : start()

async function start(): Promise<void> {
  const load = cachedLoader()
  const {run} = load('command-line.cjs') as typeof CommandLine
  if (await run(process.argv.slice(2), load)) return
  const {main} = load('main.cjs') as typeof Main
  await main()
}
