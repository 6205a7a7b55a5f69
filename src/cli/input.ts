import {addAbortSignal} from 'node:stream'

import {ServerError} from '../lib/errors.js'
import {bytes} from '../lib/size-text.js'

/** Maximum size of stdin in bytes; the server accepts no more. */
const MAX_BYTES = 32 * 1024 * 1024

/**
 * Reads all of stdin.
 * @throws the reason of the signal; otherwise Ctrl-C would not end the wait for input
 */
export async function readInput(signal: AbortSignal | undefined): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    const stdin = signal ? addAbortSignal(signal, process.stdin) : process.stdin
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_BYTES) throw new ServerError('body-too-large', `stdin exceeds the limit of ${bytes(MAX_BYTES)}`)
      chunks.push(chunk)
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }

  return Buffer.concat(chunks).toString('utf8')
}
