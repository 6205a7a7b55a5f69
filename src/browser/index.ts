/** A client of a server for pages: no Node.js in it, nothing but fetch and EventSource. */
import {type EventSourceClass, EventStream, type ServerEvent, type StreamState} from './events.js'

export type {ServerEvent, StreamState} from './events.js'

/** Where a server is: part of what the app's main process got for the window. */
export interface ServerAddress {
  authToken: string
  baseUrl: string
}

export interface ClientOptions {
  /** Default the page's own. */
  EventSource?: EventSourceClass
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
  runtime: ServerAddress
}

/** A refusal of the server, or no answer. */
export class ClientError extends Error {
  /** One of the codes of docs/errors.md; `server-unreachable` when there was no answer. */
  readonly code: string
  readonly details: Record<string, unknown>
  /** HTTP status, 0 without an answer. */
  readonly status: number

  constructor(code: string, message: string, {details = {}, status = 0, cause}: ClientErrorOptions = {}) {
    super(message, {cause})
    this.name = 'ClientError'
    this.code = code
    this.details = details
    this.status = status
  }
}

interface ClientErrorOptions {
  cause?: unknown
  details?: Record<string, unknown>
  status?: number
}

export interface Client {
  /** Ends the events, and every request that is under way. */
  close(): void
  /**
   * Calls a method of the server with plain JSON: what JSON has no form for is written as docs/cli/logseq-cli.md says.
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
  const EventSource = options.EventSource ?? (globalThis as unknown as {EventSource: EventSourceClass}).EventSource
  const closing = new AbortController()
  let {runtime} = options
  let state: StreamState = 'connecting'

  const stream = new EventStream(
    eventsOf(runtime),
    {
      onEvent: (event) => onEvent?.(event),
      onOpen: (again) => onRead?.(again ? 'gap' : 'opened'),
      onState(now) {
        state = now
        onState?.(now)
      },
    },
    EventSource,
  )

  async function call(body: Record<string, unknown>): Promise<Record<string, unknown>> {
    const response = await ask(`${runtime.baseUrl}/v1/invoke`, {
      body: JSON.stringify(body),
      headers: {authorization: `Bearer ${runtime.authToken}`, 'content-type': 'application/json'},
      method: 'POST',
      signal: closing.signal,
    }).catch((error: unknown) => {
      throw new ClientError('server-unreachable', 'The server of the graph did not answer', {cause: error})
    })
    const {status} = response
    const answer = (await response.json().catch((error: unknown) => {
      throw new ClientError('server-unreachable', 'The answer of the server broke off', {cause: error, status})
    })) as {error?: {code: string; message: string} & Record<string, unknown>; ok: boolean} & Record<string, unknown>
    if (answer.ok) return answer
    const {code = 'exception', message = `status ${status}`, ...details} = answer.error ?? {}
    throw new ClientError(code, message, {details, status})
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
      runtime = next
      stream.use(eventsOf(next))
    },
  }
}

function eventsOf({authToken, baseUrl}: ServerAddress): string {
  return `${baseUrl}/v1/events?access_token=${encodeURIComponent(authToken)}`
}
