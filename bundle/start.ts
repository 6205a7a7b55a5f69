import {join} from 'node:path'
import {pathToFileURL} from 'node:url'

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
  const ordinary = pathToFileURL(join(__dirname, '../cli/main.js')).href
  const {main} = (await import(ordinary)) as typeof Main
  await main()
}
