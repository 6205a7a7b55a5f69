import {closeSync, constants} from 'node:fs'
import type {IncomingMessage, ServerResponse} from 'node:http'

import {ServerError} from '../../lib/errors.js'
import {requireRoom} from '../../lib/files/own-copies.js'
import {openOwnFile, writeOwnFile} from '../../lib/files/own-files.js'
import {bytes} from '../../lib/size-text.js'
import {present} from '../../values/present.js'
import {encodeTransit} from '../../values/transit.js'
import {BYTES_TAG, Tagged} from '../../values/types.js'
import {answerCall, MAX_TIMEOUT_MS, readTimeout, requireReady, whenLeft} from './invoke.js'
import type {Service} from './service.js'

/** A database may be this long, in bytes. */
const MAX_BYTES = 8 * 1024 * 1024 * 1024

const METHOD = 'thread-api/import-db-binary'

/**
 * `POST /v1/import-db-binary?repo=NAME`: the body is a database file, as it is. It goes to the disk while it arrives, and is
 * gone when the request has ended.
 */
export async function upload(
  service: Pick<Service, 'answers' | 'discard' | 'invoke' | 'receive' | 'state'>,
  request: IncomingMessage,
  response: ServerResponse,
  {parameters, trace}: {parameters: URLSearchParams; trace: {call?: string}},
): Promise<void> {
  requireReady(service)
  const repo = parameters.get('repo') ?? undefined
  const timeout = parameters.get('query-timeout')
  const timeoutMs = readTimeout(timeout === null ? undefined : Number(timeout), MAX_TIMEOUT_MS)
  const path = service.receive(repo) // before anything arrives
  trace.call = METHOD
  const left = whenLeft(response)
  try {
    await receive(request, path)
    const noBytes = new Tagged(BYTES_TAG, '') // the database is in the file
    const argsTransit = encodeTransit([present(repo), noBytes])
    const call = {
      args: argsTransit,
      era: 'head',
      format: 'transit',
      hold() {},
      method: METHOD,
      requester: {source: 'cli'},
      timeoutMs,
      upload: path,
    } as const
    await answerCall(service, call, response, left)
  } finally {
    service.discard(path)
  }
}

/** Writes a body to a new file. @throws ServerError `body-too-large`, `disk-full`, `interrupted` */
async function receive(request: IncomingMessage, path: string): Promise<void> {
  const tooLarge = () => new ServerError('body-too-large', `a database may have at most ${bytes(MAX_BYTES)}`)
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > MAX_BYTES) throw tooLarge()
  requireRoom(path, announced)
  const file = openOwnFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  let size = 0
  try {
    const chunks = request[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    for (let next = await arrived(chunks); next !== undefined; next = await arrived(chunks)) {
      size += next.length
      if (size > MAX_BYTES) throw tooLarge()
      writeOwnFile(file, path, next)
    }
  } finally {
    closeSync(file)
  }
}

/** A client that leaves in the middle of its body is not a failure of the server; a disk that is full is one. */
async function arrived(chunks: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  try {
    const {done, value} = await chunks.next()
    return done ? undefined : value
  } catch (error) {
    throw new ServerError('interrupted', 'the client left', {cause: error})
  }
}
