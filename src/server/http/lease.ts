import type {ServerResponse} from 'node:http'
import {ServerError} from '../../lib/errors.js'

/** Unread bytes above which a client gets no further events until it reads. A suspended app keeps its lease. */
const MAX_UNREAD = 4096

/** Delay of events about changes, in ms, so that a thousand simultaneous changes are one event. */
const NEWS_MS = 50

/** The leases: streams that apps hold open for as long as they want the server to live. */
export class LeaseStreams {
  #ended = false
  #planned = false
  readonly #onChange: () => void
  readonly #streams = new Set<ServerResponse>()

  /** @param onChange called when a lease has come or gone */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get count(): number {
    return this.#streams.size
  }

  /**
   * Takes a lease, and sends the number of leases: to this client at once, to the others soon. Nothing is sent without
   * a change, because a dead loopback connection is noticed by both ends.
   * @throws ServerError `server-stopping`
   */
  open(response: ServerResponse): void {
    if (this.#ended) throw new ServerError('server-stopping', 'the server is stopping')
    response.writeHead(200, {'cache-control': 'no-cache', 'content-type': 'text/event-stream'})
    this.#streams.add(response)
    // The kernel ends a dead app's connection in an orderly way; node:http would notice with the next write only.
    response.socket?.once('end', () => response.destroy())
    response.on('close', () => {
      this.#streams.delete(response)
      this.#changed()
    })
    this.#changed()
    response.write(this.#count())
  }

  /** Ends every lease, saying why, and takes none any more. */
  end(why: string): void {
    this.#ended = true
    for (const stream of this.#streams) stream.end(`event: stopping\ndata: ${JSON.stringify({why})}\n\n`)
  }

  #changed(): void {
    this.#onChange()
    if (this.#planned) return
    this.#planned = true
    setTimeout(() => this.#tellAll(), NEWS_MS).unref()
  }

  #tellAll(): void {
    this.#planned = false
    if (this.#ended) return
    const event = this.#count()
    for (const stream of this.#streams) if (stream.writableLength < MAX_UNREAD) stream.write(event)
  }

  #count(): string {
    return `event: leases\ndata: ${JSON.stringify({leases: this.count})}\n\n`
  }
}
