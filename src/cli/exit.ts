import {stderr, stdout} from './stdio.js'

/**
 * Exits at once when all output is written. The normal exit takes some milliseconds without signal handlers, and a
 * Ctrl-C then would report a failure of a command that succeeded.
 */
export async function exit(): Promise<never> {
  await stdout.flush()
  await stderr.flush()
  // eslint-disable-next-line n/no-process-exit, unicorn/no-process-exit -- see above
  process.exit()
}
