import {createInterface} from 'node:readline'

import {stderr, stdout} from './stdio.js'

/**
 * Asks for confirmation on the terminal. Without a terminal it returns true: a script has decided by calling the
 * command, and would wait for ever.
 * @returns true if the answer is yes
 * @throws the reason of the signal
 */
export async function confirm(question: string, signal: AbortSignal | undefined): Promise<boolean> {
  if (!process.stdin.isTTY || !stdout.isTTY || !stderr.isTTY) return true
  signal?.throwIfAborted()
  const asking = createInterface({input: process.stdin, output: stderr.stream, terminal: false})
  try {
    const answer = await new Promise<string | undefined>((resolve) => {
      const giveUp = () => resolve(undefined)
      asking.once('close', giveUp) // Ctrl-D
      signal?.addEventListener('abort', giveUp, {once: true})
      asking.question(`${question} [y/N] `, resolve)
    })
    if (answer === undefined) stderr.stream.write('\n') // what follows does not continue the line of the question
    signal?.throwIfAborted()
    return answer !== undefined && /^y(?:es)?$/i.test(answer.trim())
  } finally {
    asking.close()
  }
}
