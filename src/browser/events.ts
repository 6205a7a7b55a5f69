/** How long to wait before a stream is opened again, in ms: soon at first, then ever later. */
const FIRST_WAIT_MS = 250
const LAST_WAIT_MS = 5000

/** What is needed of a page's EventSource. */
export interface EventSourceLike {
  addEventListener(type: 'error' | 'message' | 'open', listener: (event: {data?: unknown}) => void): void
  close(): void
}

export type EventSourceClass = new (url: string) => EventSourceLike

/** One event of a server. The payload is text, as the server wrote it: transit in most cases. */
export interface ServerEvent {
  payload: string
  type: string
}

export type StreamState = 'closed' | 'connecting' | 'open' | 'waiting'

export interface StreamEvents {
  onEvent(event: ServerEvent): void
  /** @param again it was open before: what happened meanwhile was missed */
  onOpen(again: boolean): void
  onState(state: StreamState): void
}

/**
 * The events of a server, opened again whenever they break off. There is one connection and one timer at the most. The
 * page's EventSource would reconnect by itself, but gives up for good at any answer that is no stream.
 */
export class EventStream {
  readonly #class: EventSourceClass
  #closed = false
  readonly #events: StreamEvents
  #source: EventSourceLike | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #url: string
  #wait = FIRST_WAIT_MS
  #wasOpen = false

  constructor(url: string, events: StreamEvents, EventSource: EventSourceClass) {
    this.#class = EventSource
    this.#events = events
    this.#url = url
    this.#open()
  }

  /** Goes on at another address: what happened until it is open there was missed. */
  use(url: string): void {
    if (this.#closed) return // the page has gone on; the news of a server may still be under way to it
    this.#drop()
    this.#url = url
    this.#wait = FIRST_WAIT_MS
    this.#open()
  }

  close(): void {
    this.#closed = true
    this.#drop()
    this.#events.onState('closed')
  }

  #open(): void {
    const source = new this.#class(this.#url)
    this.#source = source
    this.#events.onState('connecting')
    /** What an earlier stream still has to say is nobody's concern. */
    const on = (type: 'error' | 'message' | 'open', act: (data: unknown) => void) => {
      source.addEventListener(type, ({data}) => {
        if (this.#source === source) act(data)
      })
    }

    on('open', () => this.#opened())
    on('message', (data) => {
      const event = parseEvent(String(data))
      if (event) this.#events.onEvent(event)
    })
    on('error', () => {
      this.#drop()
      this.#timer = setTimeout(() => this.#open(), this.#wait)
      this.#wait = Math.min(LAST_WAIT_MS, this.#wait * 2)
      this.#events.onState('waiting')
    })
  }

  #opened(): void {
    const again = this.#wasOpen
    this.#wasOpen = true
    this.#wait = FIRST_WAIT_MS
    this.#events.onState('open')
    this.#events.onOpen(again)
  }

  #drop(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = undefined
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
