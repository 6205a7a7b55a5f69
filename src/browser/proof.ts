import {CHALLENGE_HEADER} from '../protocol/http.js'
import {ClientError, unreachable} from './error.js'

/** Maximum time that a listener may take to prove itself, in ms. */
const PROOF_MS = 10_000

/** Maximum number of times that a proof is requested when its connection breaks. */
const MAX_TRIES = 3

/** Address of a server, and the values for its proof: part of what the app's main process got for the window. */
export interface ServerAddress {
  authToken: string
  baseUrl: string
  /** With it, the proof also covers the place of the graph. */
  graphId?: string | undefined
  /** Without it, the server cannot prove itself: the address is used until the first break, and never again. */
  lockId?: string | undefined
}

/** A server that has proven itself, or, without a lock-id, one that the app has named and that has not broken off yet. */
export interface ProvenServer {
  address: ServerAddress
  /** True if the server stores the ids of writes, so that a write may be repeated. */
  keepsIds: boolean
}

/**
 * Requests the proof that a listener is the server of an address. Neither the token nor data is sent.
 * @param signal aborts the request
 * @throws ClientError `server-unreachable` if the response is missing or its proof is wrong; `server-unresponsive` if
 * it takes too long
 */
export async function proveServer(
  ask: typeof fetch,
  address: ServerAddress & {lockId: string},
  signal: AbortSignal,
): Promise<Pick<ProvenServer, 'keepsIds'>> {
  const {authToken, baseUrl, graphId, lockId} = address
  const challenge = randomName()
  const request = {credentials: 'omit', headers: {[CHALLENGE_HEADER]: challenge}, redirect: 'error'} as const
  const health = await within(PROOF_MS, signal, async (ending) => {
    const text = await readRepeatedly(ask, `${baseUrl}/healthz`, {...request, signal: ending})
    try {
      return JSON.parse(text) as Record<string, unknown> | null
    } catch (error) {
      throw unreachable(`${baseUrl} is not the server of the graph: its response is not JSON`, error)
    }
  })
  const [field, parts] =
    graphId === undefined ? ['proof', [challenge, lockId]] : ['graph-proof', [challenge, lockId, graphId]]
  if (health?.[field] !== (await hmac(authToken, parts.join('\0'))))
    throw unreachable(`${baseUrl} is not the server of the graph: its ${field} is missing or wrong`)
  return {keepsIds: health['request-ids'] === true}
}

/**
 * Reads a response. The request is repeated when its connection breaks: the browser may send it over one that it kept open, and that
 * the server has closed meanwhile.
 */
async function readRepeatedly(ask: typeof fetch, url: string, request: RequestInit): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const response = await ask(url, request)
      return await response.text()
    } catch (error) {
      if (request.signal?.aborted || tries === MAX_TRIES)
        throw unreachable('The server of the graph did not respond', error)
    }
  }
}

/**
 * Calls `act` with a signal that aborts with the given one, or after `ms`. A signal of `AbortSignal.any` would live as long as the
 * client.
 * @throws ClientError `server-unresponsive` when the time is up; `server-unreachable` when the given signal aborts, or the error of `act`
 */
export async function within<T>(ms: number, signal: AbortSignal, act: (ending: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  const end = () => ending.abort()
  let isLate = false
  const endLate = () => {
    isLate = true
    end()
  }

  // In two halves: a page that was frozen, or busy, reads what has arrived meanwhile.
  let timer = setTimeout(() => {
    timer = setTimeout(endLate, ms / 2)
  }, ms / 2)
  signal.addEventListener('abort', end)
  // Not by `act` alone: a body whose headers have come is not sure to end with its signal.
  const ended = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(unreachable('The request was aborted')))
  })
  ended.catch(() => {}) // `act` may have failed first
  if (signal.aborted) end()
  try {
    return await Promise.race([act(ending.signal), ended])
  } catch (error) {
    if (!isLate || signal.aborted) throw error
    throw new ClientError('server-unresponsive', `The server of the graph did not respond in ${ms / 1000} s`, {
      cause: error,
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

/** Returns an unpredictable name of 32 hexadecimal digits. Unlike `randomUUID`, it works in every page. */
export function randomName(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)))
}

/** HMAC-SHA256, in hex. @throws ClientError `server-unreachable` in a page that is not a secure context */
async function hmac(key: string, message: string): Promise<string> {
  // Undefined in a page that came over plain HTTP from another machine: such a page cannot check a proof.
  const subtle = crypto.subtle as typeof crypto.subtle | undefined
  if (!subtle) throw unreachable('This page cannot verify the server: its origin is not a secure context')
  const text = new TextEncoder()
  const secret = await subtle.importKey('raw', text.encode(key), {hash: 'SHA-256', name: 'HMAC'}, false, ['sign'])
  return toHex(new Uint8Array(await subtle.sign('HMAC', secret, text.encode(message))))
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
