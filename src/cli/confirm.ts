import {createInterface} from 'node:readline'

/**
 * Asks a person on the terminal whether to go on. Only where input and output are all of a terminal: a script has said what
 * it wants by calling, and would wait for ever.
 * @returns whether the answer is yes; true where nobody can be asked
 * @throws the signal's reason
 */
export async function confirm(question: string, signal: AbortSignal | undefined): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY || !process.stderr.isTTY) return true
  signal?.throwIfAborted()
  const asking = createInterface({input: process.stdin, output: process.stderr, terminal: false})
  try {
    const answer = await new Promise<string>((resolve) => {
      asking.once('close', () => resolve('')) // Ctrl-D
      signal?.addEventListener('abort', () => resolve(''), {once: true})
      asking.question(`${question} [y/N] `, resolve)
    })
    signal?.throwIfAborted()
    return /^y(?:es)?$/i.test(answer.trim())
  } finally {
    asking.close()
  }
}
