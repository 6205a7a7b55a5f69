/** First and longest delay before a stream is opened again, in ms. The delay doubles in between. */
const FIRST_WAIT_MS = 250
const LAST_WAIT_MS = 5000

/** Event of a server. The payload is the text that the server sent, transit in most cases. */
export interface ServerEvent {
  payload: string
  type: string
}

/** State of the event stream. `waiting`: the connection failed and is tried again after a delay. */
export type StreamState = 'closed' | 'connecting' | 'open' | 'waiting'

/** Open stream of server-sent events. */
export interface OpenStream {
  body: AsyncIterable<Uint8Array>
  /** Called when the stream ended or failed. */
  onEnd(): void
}

export interface StreamEvents {
  onEvent(event: ServerEvent): void
  /** @param again true if the stream was open before; events in between were missed */
  onOpen(again: boolean): void
  onState(state: StreamState): void
}

/**
 * Event stream of a server, opened again after each failure. It has at most one connection and one timer. It uses `fetch`,
 * because EventSource would reconnect to any program that listens on the port, and would need the token in its URL.
 */
export class EventStream {
  readonly #events: StreamEvents
  readonly #open: (signal: AbortSignal) => Promise<OpenStream>
  #run = new AbortController()
  #wasOpen = false

  /** @param open opens a stream at the current server; called again after each failure */
  constructor(open: (signal: AbortSignal) => Promise<OpenStream>, events: StreamEvents) {
    this.#events = events
    this.#open = open
    void this.#follow(this.#run.signal)
  }

  /** Opens the stream again, because the server changed. Events until it is open are missed. */
  reopen(): void {
    this.#run.abort()
    this.#run = new AbortController()
    void this.#follow(this.#run.signal)
  }

  /** Closes the stream for good. */
  close(): void {
    this.#run.abort()
    this.#events.onState('closed')
  }

  /** Keeps the stream open until the signal aborts. Never rejects. Events of an aborted stream are dropped. */
  async #follow(signal: AbortSignal): Promise<void> {
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(LAST_WAIT_MS, wait * 2)) {
      this.#events.onState('connecting')
      const stream = await this.#open(signal).catch(() => {}) // every failure is retried below
      if (signal.aborted) return stream?.onEnd()
      if (stream) {
        wait = FIRST_WAIT_MS
        this.#opened()
        await this.#read(stream, signal)
        stream.onEnd()
        if (signal.aborted) return
      }

      this.#events.onState('waiting')
      await sleep(wait, signal)
    }
  }

  async #read({body}: OpenStream, signal: AbortSignal): Promise<void> {
    try {
      for await (const data of readData(body)) {
        if (signal.aborted) return
        const event = parseEvent(data)
        if (event) this.#events.onEvent(event)
      }
    } catch {
      // a failed stream is opened again, as one that ended
    }
  }

  #opened(): void {
    const again = this.#wasOpen
    this.#wasOpen = true
    this.#events.onState('open')
    this.#events.onOpen(again)
  }
}

/** Yields the data of server-sent events. It reads each byte once, so that long events take linear time. */
async function* readData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let line: string[] = []
  let data: string[] = []
  for await (const chunk of body) {
    const [first = '', ...others] = decoder.decode(chunk, {stream: true}).split('\n')
    line.push(first)
    for (const next of others) {
      const text = line.join('')
      line = [next]
      if (text.startsWith('data: ')) data.push(text.slice('data: '.length))
      if (text !== '' || data.length === 0) continue
      yield data.join('\n')
      data = []
    }
  }
}

function parseEvent(data: string): ServerEvent | undefined {
  try {
    const {payload, type} = JSON.parse(data) as Partial<Record<string, unknown>>
    return typeof type === 'string' && typeof payload === 'string' ? {payload, type} : undefined
  } catch {
    return undefined // not an event of a server of ours
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }

    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
