import {type Mounted, mountTmpfs} from './mounts.js'

/**
 * A disk of a test's own, in memory. Where none can be mounted, the reason is printed and the test is skipped.
 * @param size as for mount(8), e.g. `64k`, or `64k,nr_inodes=2`
 */
export function needsDisk(test: Mocha.Context, dir: string, size: string): Mounted {
  const mounted = mountTmpfs(dir, size)
  if (typeof mounted !== 'string') return mounted
  console.log(`      skipped: no disk can be mounted here (${mounted})`)
  return test.skip()
}
