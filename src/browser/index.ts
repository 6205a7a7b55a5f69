/** A client of a server for pages: no Node.js in it, nothing but fetch and WebCrypto. */
import {ClientError, unreachable} from './error.js'
import {EventStream, type OpenStream, type ServerEvent, type StreamState} from './events.js'
import {READ_METHODS, WRITE_METHODS} from './methods.js'
import {type ProvenServer, randomName, type ServerAddress} from './proof.js'
import {type AskAddress, Server} from './server.js'

export {ClientError} from './error.js'
export type {ServerEvent, StreamState} from './events.js'
export type {ServerAddress} from './proof.js'

/** How often a call is sent at most, when its answer is lost. */
const MAX_TRIES = 3

export interface ClientOptions {
  /** Asks the app where the server is: at first when there is no `runtime`, and after each break. */
  address?: AskAddress
  /** Default the page's own. */
  fetch?: typeof fetch
  onEvent?: (event: ServerEvent) => void
  /**
   * What the page shows has to be read, from now on: events are open for the first time (`opened`), or again, after some
   * may have been missed (`gap`).
   */
  onRead?: (reason: 'gap' | 'opened') => void
  /** For a sign in the window: is the server reached? */
  onState?: (state: StreamState) => void
  /** Where the server is. May be left out if there is an `address`. */
  runtime?: ServerAddress
}

export interface Client {
  /** Ends the events, and every request that is under way. */
  close(): void
  /**
   * Calls a method of the server with plain JSON: what JSON has no form for is written as docs/cli/logseq-cli.md says.
   * A read, or a write of `transact`, whose answer is lost is sent again; the write is done once.
   * @param args the graph is the first of most methods
   * @throws ClientError
   */
  invoke(method: string, args?: readonly unknown[]): Promise<unknown>
  /**
   * Calls a method with its arguments as transit.
   * @returns the result as transit
   * @throws ClientError
   */
  invokeTransit(method: string, argsTransit: string): Promise<string>
  readonly state: StreamState
  /** The server is another one now: the main process said so. */
  use(runtime: ServerAddress): void
}

/** Connects a page to a server. */
export function createClient(options: ClientOptions): Client {
  const {onEvent, onRead, onState} = options
  const ask = options.fetch ?? globalThis.fetch.bind(globalThis)
  const closing = new AbortController()
  const server = new Server(ask, closing.signal, options.runtime, options.address)
  let state: StreamState = 'connecting'

  const stream = new EventStream((signal) => openEvents(ask, server, signal), {
    onEvent: (event) => onEvent?.(event),
    onOpen: (again) => onRead?.(again ? 'gap' : 'opened'),
    onState(now) {
      state = now
      onState?.(now)
    },
  })

  async function call(body: Record<string, unknown> & {method: string}): Promise<Record<string, unknown>> {
    const writes = WRITE_METHODS.has(body.method)
    const text = JSON.stringify({...body, ...(writes && {'request-id': randomName()})})
    let first: ProvenServer | undefined
    for (let tries = 1; ; tries++) {
      const proven = await server.prove()
      first ??= proven
      if (tries > 1 && writes && !isSameStore(first, proven))
        throw unreachable('The server broke off: whether the write was done is not known')
      try {
        return await post(proven, text)
      } catch (error) {
        const {code} = error as ClientError
        if (code === 'server-unreachable' || code === 'server-stopping' || code === 'repo-locked')
          server.broke(proven.address)
        if (closing.signal.aborted || code !== 'server-unreachable' || tries === MAX_TRIES) throw error
        if (!writes && !READ_METHODS.has(body.method)) throw error
      }
    }
  }

  async function post({address}: ProvenServer, body: string): Promise<Record<string, unknown>> {
    const response = await ask(`${address.baseUrl}/v1/invoke`, {
      body,
      credentials: 'omit',
      headers: {...authorization(address), 'content-type': 'application/json'},
      method: 'POST',
      redirect: 'error',
      signal: closing.signal,
    }).catch((error: unknown) => {
      throw unreachable('The server of the graph did not answer', error)
    })
    const answer = await readAnswer(response)
    if (answer.ok) return answer
    throw refusal(answer, response)
  }

  return {
    close() {
      closing.abort()
      stream.close()
    },
    invoke: async (method, args = []) => (await call({args, method}))['result'],
    invokeTransit: async (method, argsTransit) => String((await call({argsTransit, method}))['resultTransit']),
    get state() {
      return state
    },
    use(next) {
      if (closing.signal.aborted) return // the page has gone on; the news of a server may still be under way to it
      server.use(next)
      stream.reopen()
    },
  }
}

interface Answer extends Record<string, unknown> {
  error?: {code: string; message: string} & Record<string, unknown>
  ok: boolean
}

/** @throws ClientError `server-unreachable` when it breaks off */
async function readAnswer(response: Response): Promise<Answer> {
  const {status} = response
  return (await response.json().catch((error: unknown) => {
    throw new ClientError('server-unreachable', 'The answer of the server broke off', {cause: error, status})
  })) as Answer
}

/** The error that a server has answered with. */
function refusal({error}: Answer, {status}: Response): ClientError {
  const {code = 'exception', message = `status ${status}`, ...details} = error ?? {}
  return new ClientError(code, message, {details, status})
}

/** Opens the events of the server of this moment. @throws ClientError `server-unreachable`, or the refusal of the server */
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

/** Not every engine can iterate over a stream. */
async function* readAll(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
}

/** Would a write that is sent again under its id be answered by what the first one stored? */
function isSameStore(first: ProvenServer, second: ProvenServer): boolean {
  const [from, to] = [first.address, second.address]
  if (!first.keepsIds || !second.keepsIds) return false
  return from === to || from.lockId === to.lockId || (from.graphId !== undefined && from.graphId === to.graphId)
}

/** Logseq's own server has no token, and wants none. */
function authorization({authToken}: ServerAddress): Record<string, string> {
  return authToken === '' ? {} : {authorization: `Bearer ${authToken}`}
}
