/**
 * Exits at once when all output is written. The normal exit takes some milliseconds without signal handlers, and a
 * Ctrl-C then would report a failure of a command that succeeded.
 */
export async function exit(): Promise<never> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => {
      stream.write('', () => resolve())
    })
  // eslint-disable-next-line n/no-process-exit, unicorn/no-process-exit -- see above
  process.exit()
}
