import {writeFileSync} from 'node:fs'
import {join} from 'node:path'

import {CLI} from './sandbox.js'

/**
 * Writes a program that runs the CLI in a shell with a limit, which its server inherits.
 * @param limit as for ulimit(1p), e.g. `-n 24`
 * @returns its path, for `RunOptions.cli`
 */
export function writeLimitedCli(dir: string, limit: string): string {
  const path = join(dir, 'limited.cjs')
  const words = ['-c', `ulimit ${limit} && exec "$0" "$@"`, process.execPath, CLI]
  writeFileSync(
    path,
    `const {spawnSync} = require('node:child_process')
    const {status} = spawnSync('sh', [...${JSON.stringify(words)}, ...process.argv.slice(2)], {stdio: 'inherit'})
    process.exitCode = status ?? 1`,
  )
  return path
}
