import type {STATUS_CODES} from 'node:http'
import type {Socket} from 'node:net'

import type {WholeRequest} from './direct-request.js'
import type {Request, Response} from './exchange.js'

/** A request that has been read. */
export class DirectRequest implements Request {
  readonly complete = true
  readonly headers: Request['headers']
  readonly headersDistinct: Request['headersDistinct']
  readonly method: string
  readonly socket: Socket
  readonly url: string
  readonly #body: Buffer

  constructor({body, headers, method, path}: WholeRequest, socket: Socket) {
    this.headers = headers
    this.headersDistinct = {host: [headers.host]}
    this.method = method
    this.socket = socket
    this.url = path
    this.#body = body
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    yield this.#body
  }
}

/** A response in the bytes that Node.js would send. Its headers have the length of its body. */
export class DirectResponse implements Response {
  headersSent = false
  statusCode = 200
  writableFinished = false
  readonly #headers: Record<string, number | string> = {}
  #isClosed = false
  readonly #keepAliveMs: number
  readonly #listeners: (() => void)[] = []
  readonly #onClose = () => this.#close(false)
  readonly #socket: Socket

  /** @param keepAliveMs time for which the connection stays open, in ms */
  constructor(socket: Socket, keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs
    this.#socket = socket
    socket.once('close', this.#onClose)
  }

  once(_: 'close', listener: () => void): void {
    this.#listeners.push(listener)
  }

  setHeader(name: string, value: string): void {
    this.#headers[name] = value
  }

  writeHead(status: number, headers: Record<string, number | string> = {}): this {
    this.statusCode = status
    Object.assign(this.#headers, headers)
    return this
  }

  end(body = ''): void {
    this.headersSent = true
    const closes = this.#headers['connection'] === 'close'
    const lines = Object.entries(this.#headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const more = closes
      ? ''
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(this.#keepAliveMs / 1000)}\r\n`
    const head = `HTTP/1.1 ${this.statusCode} ${reasonOf(this.statusCode)}\r\n${lines.join('')}Date: ${new Date().toUTCString()}\r\n${more}\r\n`
    this.#socket.write(head + body, (error) => this.#close(!error))
    if (closes) this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #close(isFinished: boolean): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.writableFinished = isFinished
    this.#socket.off('close', this.#onClose)
    for (const listener of this.#listeners) listener()
  }
}

/** Returns the phrase of a status. The module with all of them is loaded for errors only. */
function reasonOf(status: number): string {
  if (status === 200) return 'OK'
  const {STATUS_CODES: phrases} = process.getBuiltinModule('node:http') as {STATUS_CODES: typeof STATUS_CODES}
  return phrases[status] ?? ''
}
