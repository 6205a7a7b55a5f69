/**
 * Client of a server for web pages. It needs `fetch` and WebCrypto, and nothing of Node.js.
 * @module browser
 */
import type {ServerEvent} from '../protocol/events.js'
import {DEFAULT_QUERY_TIMEOUT_MS, RESPONSE_GRACE_MS} from '../protocol/http.js'
import {accessOf} from '../protocol/methods/all.js'
import type {Access} from '../protocol/methods/spec.js'
import {ClientError, type ClientErrorCode, unreachable} from './error.js'
import {EventStream, type OpenStream, type StreamState} from './events.js'
import {type ProvenServer, randomName, type ServerAddress, within} from './proof.js'
import {type AskAddress, Server} from './server.js'

export {ClientError, type ClientErrorCode, type ClientErrorOptions} from './error.js'
export type {ErrorCode} from '../lib/errors.js'
export type {StreamState} from './events.js'
export type {ServerEvent} from '../protocol/events.js'
export type {ServerAddress} from './proof.js'
export type {AskAddress} from './server.js'

/** Maximum number of times that a call is sent when its response is lost. */
const MAX_TRIES = 3

/** Options of one call. */
export interface CallOptions {
  /**
   * Time for the server to execute the call, in ms. Default 30,000. If no response arrives 10 s later, the call fails with
   * `server-unresponsive`: the server is frozen, or its machine is overloaded.
   */
  queryTimeoutMs?: number
}

/** Options of `createClient`. Either `runtime` or `address` is required. */
export interface ClientOptions {
  /** Returns where the server is. Called first if there is no `runtime`, and after each failure of a connection. */
  address?: AskAddress
  /** Function to use instead of the page's `fetch`. */
  fetch?: typeof fetch
  /** Receives each event of the server. */
  onEvent?: (event: ServerEvent) => void
  /**
   * Called when the page has to read what it displays: the event stream opened for the first time (`opened`), or opened again
   * and events may have been missed (`gap`).
   */
  onRead?: (reason: 'gap' | 'opened') => void
  /** Receives each change of the connection state, for an indicator in the window. */
  onState?: (state: StreamState) => void
  /** Address of the server. Optional if `address` is given. */
  runtime?: ServerAddress
}

/** Client of one server. */
export interface Client {
  /** Closes the event stream and aborts each pending request. */
  close(): void
  /**
   * Calls a method of the server with plain JSON. docs/cli/logseq-cli.md describes how keywords and the like are written.
   * If the response is lost, a read or a `transact` is sent again; the server executes the write once.
   * @param args arguments; the first is the graph for most methods
   * @throws ClientError
   */
  invoke(method: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown>
  /**
   * Calls a method with arguments in transit.
   * @returns the result in transit
   * @throws ClientError
   */
  invokeTransit(method: string, argsTransit: string, options?: CallOptions): Promise<string>
  /** State of the event stream. */
  readonly state: StreamState
  /** Switches to another server, as the app's main process reported it. */
  use(runtime: ServerAddress): void
}

/**
 * Connects a page to a server, and opens its event stream.
 * @throws ClientError `usage` without a `runtime` and an `address`
 */
export function createClient(options: ClientOptions): Client {
  requireServer(options)
  const {onEvent, onRead, onState} = options
  const ask = options.fetch ?? globalThis.fetch.bind(globalThis)
  const closing = new AbortController()
  const server = new Server(ask, closing.signal, options.runtime, options.address)
  let state: StreamState = 'connecting'

  const stream = new EventStream((signal) => openEvents(ask, server, signal), {
    onEvent: (event) => notify(() => onEvent?.(event)),
    onOpen: (again) => notify(() => onRead?.(again ? 'gap' : 'opened')),
    onState(now) {
      state = now
      notify(() => onState?.(now))
    },
  })

  async function call(
    body: Record<string, unknown> & {method: string},
    {queryTimeoutMs}: CallOptions = {},
  ): Promise<Record<string, unknown>> {
    const access = accessOf(body.method)
    const writes = access === 'write'
    // JSON leaves undefined out: the server then applies its default.
    const text = JSON.stringify({...body, 'query-timeout': queryTimeoutMs, ...(writes && {'request-id': randomName()})})
    const ms = (queryTimeoutMs ?? DEFAULT_QUERY_TIMEOUT_MS) + RESPONSE_GRACE_MS
    let first: ProvenServer | undefined
    for (let tries = 1; ; tries++) {
      if (closing.signal.aborted) throw unreachable('The client is closed')
      const proven = await server.prove()
      first ??= proven
      if (tries > 1 && writes && !isSameStore(first, proven))
        throw unreachable('The server closed the connection. The write may have been executed')
      try {
        return await within(ms, closing.signal, (ending) => post(proven, text, ending))
      } catch (error) {
        const {code} = error as ClientError
        if (code === 'server-unresponsive') throw frozen(proven, access, error as ClientError)
        if (code === 'server-unreachable' || code === 'server-stopping' || code === 'repo-locked')
          server.broke(proven.address)
        if (closing.signal.aborted || code !== 'server-unreachable' || tries === MAX_TRIES) throw error
        if (!writes && access !== 'read') throw error
      }
    }
  }

  /** Returns the error of a call that took too long. The state of the stream shows that the server does not answer. */
  function frozen({address}: ProvenServer, access: Access | undefined, error: ClientError): ClientError {
    server.broke(address)
    stream.reopen()
    return access === 'read' ? error : mayBeDone(error)
  }

  async function post({address}: ProvenServer, body: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const response = await ask(`${address.baseUrl}/v1/invoke`, {
      body,
      credentials: 'omit',
      headers: {...authorization(address), 'content-type': 'application/json'},
      method: 'POST',
      redirect: 'error',
      signal,
    }).catch((error: unknown) => {
      throw unreachable('The server of the graph did not respond', error)
    })
    const answer = await readAnswer(response)
    if (answer['ok'] === true) return answer
    throw refusal(answer, response)
  }

  return {
    close() {
      closing.abort()
      stream.close()
    },
    invoke: async (method, args = [], options) => (await call({args, method}, options))['result'],
    async invokeTransit(method, argsTransit, options) {
      const {resultTransit} = await call({argsTransit, method}, options)
      if (typeof resultTransit !== 'string') throw unreadable(200)
      return resultTransit
    },
    get state() {
      return state
    },
    use(next) {
      if (closing.signal.aborted) return // a late message about a server must not reopen the stream
      server.use(next)
      stream.reopen()
    },
  }
}

/** Requires that the options name a server. Pages in JavaScript may leave them out. */
function requireServer(options: ClientOptions | null | undefined): void {
  if (isObject(options?.runtime) || typeof options?.address === 'function') return
  throw new ClientError('usage', 'The options name no server: expected the object runtime, or the function address')
}

/** Calls a listener of the page. What it throws is reported as uncaught: it must not end the event stream. */
function notify(listener: () => unknown): void {
  const report = (error: unknown) => {
    const {reportError = console.error} = globalThis as {reportError?: (error: unknown) => void} // Node.js has none
    reportError(error)
  }

  try {
    Promise.resolve(listener()).catch(report) // a listener may be an async function
  } catch (error) {
    report(error)
  }
}

/**
 * Reads the JSON of a response.
 * @throws ClientError `server-unreachable` if it is incomplete, `exception` if it is not JSON of a server
 */
async function readAnswer(response: Response): Promise<Record<string, unknown>> {
  const {status} = response
  const text = await response.text().catch((error: unknown) => {
    throw new ClientError('server-unreachable', 'The response of the server is incomplete', {cause: error, status})
  })
  try {
    const answer: unknown = JSON.parse(text)
    if (isObject(answer)) return answer
  } catch (error) {
    throw unreadable(status, error)
  }

  throw unreadable(status)
}

/** Adds to an error that the outcome of its call is unknown. */
function mayBeDone({cause, code, details, message, status}: ClientError): ClientError {
  return new ClientError(code, `${message}. The call may have been executed`, {cause, details, status})
}

/** Creates the error for a response that no server of a graph sends. */
function unreadable(status: number, cause?: unknown): ClientError {
  const message = `The server responded with status ${status} and a body that is not its JSON`
  return new ClientError('exception', message, {cause, status})
}

/** Creates the error for a response of a server. */
function refusal({error}: Record<string, unknown>, {status}: Response): ClientError {
  if (!isObject(error)) return unreadable(status)
  const {code, message, ...details} = error
  const text = typeof message === 'string' ? message : `status ${status}`
  return new ClientError(typeof code === 'string' ? (code as ClientErrorCode) : 'exception', text, {details, status})
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Opens the event stream of the current server. @throws ClientError `server-unreachable`, or the server's own error */
async function openEvents(ask: typeof fetch, server: Server, signal: AbortSignal): Promise<OpenStream> {
  const proven = await server.prove()
  const {address} = proven
  try {
    const response = await ask(`${address.baseUrl}/v1/events`, {
      credentials: 'omit',
      headers: authorization(address),
      redirect: 'error',
      signal,
    })
    const {body, status} = response
    if (status !== 200 || !body) throw refusal(await readAnswer(response), response)
    server.opened(proven)
    return {body: readAll(body), onEnd: () => server.broke(address)}
  } catch (error) {
    if (!signal.aborted) server.broke(address, error)
    throw error
  }
}

/** Yields the parts of a stream. Needed because some browsers cannot iterate over a ReadableStream. */
async function* readAll(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
}

/** Returns true if the second server knows the request ids that the first one stored. */
function isSameStore(first: ProvenServer, second: ProvenServer): boolean {
  const [from, to] = [first.address, second.address]
  if (!first.keepsIds || !second.keepsIds) return false
  return from === to || from.lockId === to.lockId || (from.graphId !== undefined && from.graphId === to.graphId)
}

/** Returns the header with the token; empty for Logseq's own server, which has no token. */
function authorization({authToken}: ServerAddress): Record<string, string> {
  return authToken === '' ? {} : {authorization: `Bearer ${authToken}`}
}
