/**
 * Ends the process at once, when its output is out. An ordinary end takes some milliseconds, in which no handler of signals is
 * left: a Ctrl-C would make a failure of what has been told as done.
 */
export async function exit(): Promise<never> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => {
      stream.write('', () => resolve())
    })
  // eslint-disable-next-line n/no-process-exit, unicorn/no-process-exit -- see above
  process.exit()
}
