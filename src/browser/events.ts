/** How long to wait before a stream is opened again, in ms: soon at first, then ever later. */
const FIRST_WAIT_MS = 250
const LAST_WAIT_MS = 5000

/** One event of a server. The payload is text, as the server wrote it: transit in most cases. */
export interface ServerEvent {
  payload: string
  type: string
}

export type StreamState = 'closed' | 'connecting' | 'open' | 'waiting'

/** A stream of server-sent events that is open. */
export interface OpenStream {
  body: AsyncIterable<Uint8Array>
  /** The stream has ended, or broken off. */
  onEnd(): void
}

export interface StreamEvents {
  onEvent(event: ServerEvent): void
  /** @param again it was open before: what happened meanwhile was missed */
  onOpen(again: boolean): void
  onState(state: StreamState): void
}

/**
 * The events of a server, opened again whenever they break off. There is one connection and one timer at most. They are
 * read by `fetch`: the page's EventSource reconnects to whoever listens there, and has the token in its URL.
 */
export class EventStream {
  readonly #events: StreamEvents
  readonly #open: (signal: AbortSignal) => Promise<OpenStream>
  #run = new AbortController()
  #wasOpen = false

  /** @param open opens the stream at the server of this moment; called anew after each break */
  constructor(open: (signal: AbortSignal) => Promise<OpenStream>, events: StreamEvents) {
    this.#events = events
    this.#open = open
    void this.#follow(this.#run.signal)
  }

  /** Opens the stream anew, as the server is another one: what happens until it is open was missed. */
  reopen(): void {
    this.#run.abort()
    this.#run = new AbortController()
    void this.#follow(this.#run.signal)
  }

  close(): void {
    this.#run.abort()
    this.#events.onState('closed')
  }

  /** Never rejects. What a stream that was aborted still brings is not handed over. */
  async #follow(signal: AbortSignal): Promise<void> {
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(LAST_WAIT_MS, wait * 2)) {
      this.#events.onState('connecting')
      const stream = await this.#open(signal).catch(() => {}) // whatever the cause: tried again
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
      // it broke off: opened again, as after its end
    }
  }

  #opened(): void {
    const again = this.#wasOpen
    this.#wasOpen = true
    this.#events.onState('open')
    this.#events.onOpen(again)
  }
}

/** The data of server-sent events. Each byte is looked at once, however long an event is. */
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
