import {addAbortSignal} from 'node:stream'

import {ServerError} from '../lib/errors.js'

/** More than this is not read from stdin, in bytes: the server takes no more. */
const MAX_BYTES = 32 * 1024 * 1024

/**
 * Reads all of stdin.
 * @throws the signal's reason: a terminal or pipe that nothing comes from would be waited for in spite of Ctrl-C
 */
export async function readInput(signal: AbortSignal | undefined): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    const stdin = signal ? addAbortSignal(signal, process.stdin) : process.stdin
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_BYTES) throw new ServerError('body-too-large', `more than ${MAX_BYTES} bytes came on stdin`)
      chunks.push(chunk)
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }

  return Buffer.concat(chunks).toString('utf8')
}
