import {ServerError} from '../lib/errors.js'

/** More than this is not read from stdin, in bytes: the server takes no more. */
const MAX_BYTES = 32 * 1024 * 1024

/** Reads all of stdin. */
export async function readInput(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new ServerError('body-too-large', `more than ${MAX_BYTES} bytes came on stdin`)
    chunks.push(chunk)
  }

  return Buffer.concat(chunks).toString('utf8')
}
