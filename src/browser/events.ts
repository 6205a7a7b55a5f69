import {readEvents, type ServerEvent} from '../protocol/events.js'

/**
 * First and longest delay before a stream is opened again, in ms. The delay doubles in between, and begins anew after a stream that
 * stayed open for longer than the longest delay: after each break a page reads again all that it shows.
 */
const FIRST_WAIT_MS = 250
const LAST_WAIT_MS = 5000

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
        const opened = performance.now()
        this.#opened()
        await this.#read(stream, signal)
        stream.onEnd()
        if (signal.aborted) return
        if (performance.now() - opened > LAST_WAIT_MS) wait = FIRST_WAIT_MS
      }

      this.#events.onState('waiting')
      await sleep(wait, signal)
    }
  }

  async #read({body}: OpenStream, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of readEvents(body)) {
        if (signal.aborted) return
        this.#events.onEvent(event)
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
