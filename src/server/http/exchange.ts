import type {IncomingHttpHeaders} from 'node:http'
import type {Socket} from 'node:net'

/** As much of a request (`IncomingMessage` of Node.js) as the routes without streams use. */
export interface Request extends AsyncIterable<unknown> {
  /** True when all of the body has arrived. */
  readonly complete: boolean
  readonly headers: IncomingHttpHeaders
  readonly headersDistinct: NodeJS.Dict<string[]>
  readonly method?: string | undefined
  readonly socket: Socket
  readonly url?: string | undefined
}

/** As much of a response (`ServerResponse` of Node.js) as the routes without streams use. */
export interface Response {
  readonly headersSent: boolean
  readonly statusCode: number
  /** True when all of the response has been passed to the system. */
  readonly writableFinished: boolean
  /** Closes the connection. */
  destroy(): unknown
  end(body?: string): unknown
  once(event: 'close', listener: () => void): unknown
  setHeader(name: string, value: string): unknown
  writeHead(status: number, headers?: Record<string, number | string>): Pick<Response, 'end'>
}
