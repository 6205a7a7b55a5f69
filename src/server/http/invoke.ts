import type {IncomingMessage, ServerResponse} from 'node:http'
import {runSync} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'
import type {Requester} from '../../lib/lock/owner.js'
import {DEFAULT_QUERY_TIMEOUT_MS} from '../../protocol/http.js'
import {showJson} from '../json-values.js'
import type {Call} from '../methods/call.js'
import {parseObject, readText} from './body.js'
import {type MemoryShare, VALUE_BYTES} from './memory.js'
import type {Service} from './service.js'

/** Bodies of `/v1/invoke` may be this long, in bytes. */
const MAX_BYTES = 32 * 1024 * 1024

/** Maximum time for which a request may ask, in ms. */
export const MAX_TIMEOUT_MS = 60 * 60 * 1000

/** A text of a body that is shorter is parsed at once, in characters. */
const SHORT = 16 * 1024

/**
 * Time after which a client that does not read its answer may be disconnected, in ms. It is disconnected when the memory is needed: a
 * person may read the first page of a long result for an hour.
 */
const UNREAD_MS = 60_000

/** The longest name of a method, in characters. */
const MAX_METHOD = 200

/** A client's own name of a write. */
const REQUEST_ID = /^[\w-]{8,64}$/

/** `POST /v1/invoke`. A client that leaves ends what it asked for. */
export async function invoke(
  service: Pick<Service, 'answers' | 'bodies' | 'invoke' | 'run' | 'state'>,
  request: IncomingMessage,
  response: ServerResponse,
  trace: {call?: string},
): Promise<void> {
  requireReady(service)
  const left = whenLeft(response)
  const share = service.bodies.shareOf(response)
  const text = await readText(request, MAX_BYTES, share)
  const hold = (values: number) => share.hold(values * VALUE_BYTES)
  const body =
    text.length < SHORT
      ? runSync(parseObject(text, {shouldYield: () => false}))
      : await service.run(
          (execution) => parseObject(text, {shouldYield: () => execution.shouldYield(), reserveValues: hold}),
          {
            signal: left,
            timeoutMs: DEFAULT_QUERY_TIMEOUT_MS,
          },
        )
  const call = readCall(body, request)
  trace.call = call.method
  await answerCall(service, {...call, hold}, response, left)
}

/** Aborts when the client leaves before it has its answer. */
export function whenLeft(response: ServerResponse): AbortSignal {
  const left = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) left.abort(new ServerError('interrupted', 'the client has left'))
  })
  return left.signal
}

/** Runs a method, and sends its answer. */
export async function answerCall(
  service: Pick<Service, 'answers' | 'invoke'>,
  call: Call,
  response: ServerResponse,
  left: AbortSignal,
): Promise<void> {
  const pieces = await service.invoke(call, left)
  const share = service.answers.shareOf(response)
  share.hold(pieces.reduce((sum, {length}) => sum + length, 0))
  await send(response, pieces, share)
}

/** @throws ServerError `server-stopping` */
export function requireReady(service: Pick<Service, 'state'>): void {
  if (service.state() !== 'ready') throw new ServerError('server-stopping', 'the server is not ready')
}

function readCall(body: Record<string, unknown>, request: IncomingMessage): Omit<Call, 'hold'> {
  const {args, argsTransit, method} = body
  if (typeof method !== 'string') throw new ServerError('bad-request', 'method is required')
  if (method.length > MAX_METHOD)
    throw new ServerError('unknown-method', `unknown method: the name has ${method.length} characters`)
  const call = {
    era: eraOf(body),
    method,
    requester: readRequester(body, request),
    requestId: readRequestId(body['request-id']),
    timeoutMs: readTimeout(body['query-timeout']),
  }
  if (typeof argsTransit === 'string') return {...call, args: argsTransit, format: 'transit'}
  return {...call, args: args ?? [], format: 'json'}
}

/** Clients of the lock era say in each call whether it passes plain JSON; those of the list era never do. */
function eraOf({directPass}: Record<string, unknown>): Call['era'] {
  return directPass === undefined ? 'head' : 'base'
}

/** Logseq's clients do not say who they are. Its app calls from a page, and has let its origin be known. */
function readRequester(
  {'owner-id': id, 'owner-source': source}: Record<string, unknown>,
  {headers}: IncomingMessage,
): Requester {
  const isKnown = source === 'cli' || source === 'electron'
  return {
    source: isKnown ? source : headers.origin === undefined ? 'cli' : 'electron',
    ...(typeof id === 'string' && {id}),
  }
}

function readRequestId(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given === 'string' && REQUEST_ID.test(given)) return given
  throw new ServerError(
    'bad-request',
    `request-id: expected 8 to 64 letters, digits, - or _, such as a new UUID for each write, got ${showJson(given)}`,
  )
}

/** @param given a number of ms; a default if missing @throws ServerError `bad-request` */
export function readTimeout(given: unknown, defaultMs = DEFAULT_QUERY_TIMEOUT_MS): number {
  if (given === undefined || given === null) return defaultMs
  if (typeof given === 'number' && given > 0 && given <= MAX_TIMEOUT_MS) return given
  throw new ServerError(
    'bad-request',
    `query-timeout: expected a number of ms, at most ${MAX_TIMEOUT_MS}, got ${showJson(given)}`,
  )
}

/** Sends the pieces as fast as they are read, and waits where they are not. */
async function send(response: ServerResponse, pieces: readonly Buffer[], share: MemoryShare): Promise<void> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  response.writeHead(200, {'content-length': length, 'content-type': 'application/json'})
  const [only, ...more] = pieces
  if (more.length === 0) {
    response.end(only)
    return
  }

  for (const piece of pieces) {
    if (response.destroyed) return
    if (!response.write(piece)) await drained(response, share)
  }

  response.end()
}

/** Waits until there is room for more, or the client has left or was disconnected. */
function drained(response: ServerResponse, share: MemoryShare): Promise<void> {
  return new Promise((resolve) => {
    const unread = setTimeout(() => share.setUnread(true), UNREAD_MS)
    const done = () => {
      clearTimeout(unread)
      share.setUnread(false)
      response.off('drain', done).off('close', done)
      resolve()
    }

    response.on('drain', done).on('close', done)
  })
}
