import type {ServerResponse} from 'node:http'
import {setImmediate as turn} from 'node:timers/promises'

/** Default heartbeat interval. */
const HEARTBEAT_MS = 15_000

/** A client that has not read this much is dropped, in bytes: the server must not grow with what others do not read. */
const MAX_UNREAD = 4 * 1024 * 1024

/** After so many bytes to all streams together, others are let in. */
const SENT_AT_ONCE = 4 * 1024 * 1024

/** The event streams of all clients. */
export class EventStreams {
  #ended = false
  #heartbeat: NodeJS.Timeout | undefined
  readonly #heartbeatMs: number
  readonly #streams = new Set<ServerResponse>()

  /** @param heartbeatMs how often a silent stream says that it lives, in ms */
  constructor(heartbeatMs = HEARTBEAT_MS) {
    this.#heartbeatMs = heartbeatMs
  }

  /** Number of clients that listen. */
  get size(): number {
    return this.#streams.size
  }

  open(response: ServerResponse): void {
    response.writeHead(200, {
      'cache-control': 'no-cache',
      connection: 'keep-alive',
      'content-type': 'text/event-stream',
    })
    response.write('\n') // the first byte shows the client that the stream is open
    if (this.#ended) {
      response.end()
      return
    }

    this.#streams.add(response)
    response.on('close', () => this.#drop(response))
    this.#heartbeat ??= setInterval(() => this.#toAll(Buffer.from(': heartbeat\n\n')), this.#heartbeatMs).unref()
  }

  /** Sends an event to all clients, in the order of the calls: the next event waits for the end of this one. */
  async send(event: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(event)
    let sent = 0
    for (const stream of this.#streams) {
      if (this.#ended) return
      this.#write(stream, bytes)
      sent += bytes.length
      if (sent < SENT_AT_ONCE) continue
      await turn() // each write copies the bytes: a thousand streams take a while
      sent = 0
    }
  }

  /** Cuts every stream off: its client connects again, and knows that it has missed something. */
  drop(): void {
    for (const stream of this.#streams) {
      this.#drop(stream) // its end is reported later: until then it must not count
      stream.destroy()
    }
  }

  /** Ends every stream; no event comes after. */
  end(): void {
    this.#ended = true
    for (const stream of this.#streams) stream.end()
  }

  #toAll(bytes: Buffer): void {
    for (const stream of this.#streams) this.#write(stream, bytes)
  }

  #write(stream: ServerResponse, bytes: Buffer): void {
    if (stream.writableLength > MAX_UNREAD) stream.destroy()
    else stream.write(bytes)
  }

  #drop(stream: ServerResponse): void {
    this.#streams.delete(stream)
    if (this.#streams.size > 0) return
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
  }
}
