import type {ServerResponse} from 'node:http'

/** How often a silent stream says that it lives, in ms. */
const HEARTBEAT_MS = 15_000

/** A client that has not read this much is dropped, in bytes: the daemon must not grow with what others do not read. */
const MAX_UNREAD = 1024 * 1024

/** The event streams of all clients. */
export class EventStreams {
  #heartbeat: NodeJS.Timeout | undefined
  readonly #streams = new Set<ServerResponse>()

  open(response: ServerResponse): void {
    response.writeHead(200, {
      'cache-control': 'no-cache',
      connection: 'keep-alive',
      'content-type': 'text/event-stream',
    })
    response.write('\n') // the first byte tells the client that the stream is open
    this.#streams.add(response)
    response.on('close', () => this.#drop(response))
    this.#heartbeat ??= setInterval(() => this.#toAll(': heartbeat\n\n'), HEARTBEAT_MS).unref()
  }

  /** Ends every stream; no event comes after. */
  end(): void {
    for (const stream of this.#streams) stream.end()
  }

  #toAll(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > MAX_UNREAD) stream.destroy()
      else stream.write(text)
    }
  }

  #drop(stream: ServerResponse): void {
    this.#streams.delete(stream)
    if (this.#streams.size > 0) return
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
  }
}
