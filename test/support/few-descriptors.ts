import {spawnSync, type SpawnSyncReturns} from 'node:child_process'

import {compiled} from './compiled.js'

/** Part of a program that imports `openSync`: opens files, which it keeps in `held`, until no descriptor is left. */
export const USE_ALL = `
  const held = []
  try { for (;;) held.push(openSync('/dev/null', 'r')) } catch {} // EMFILE, as it should`

/** True where the number of descriptors can be limited. */
export const LIMITS_DESCRIPTORS =
  process.platform !== 'win32' && spawnSync('sh', ['-c', 'ulimit -n']).error === undefined

/** Runs a program, in TypeScript, that may open 64 descriptors. */
export function runWithFewDescriptors(program: string): SpawnSyncReturns<string> {
  const args = ['-c', 'ulimit -n 64 && exec "$@"', 'sh', process.execPath, compiled(program)]
  return spawnSync('sh', args, {encoding: 'utf8', timeout: 30_000})
}
