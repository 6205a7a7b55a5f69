import type {Socket} from 'node:net'

import {type HttpResponse, LOOPBACK} from './exchange.js'

/** Far more than the head and the body of a health answer; what is longer is left to the HTTP client. */
const MAX_BYTES = 64 * 1024

/** A request for health or status: a path and headers of this program, which need no escaping. */
export interface HealthQuestion {
  headers?: Record<string, string>
  path: string
  /** Bounds the whole exchange. */
  signal: AbortSignal
}

/**
 * Sends a GET request on a socket that has no other under way, without Node.js' HTTP client, whose loading costs more than
 * the rest of a short command. It reads the response of our server: a status and a body of known length. For any other form
 * the HTTP client has to repeat the request.
 * @param socket closed if no second request can follow
 * @returns undefined if the response has another form
 * @throws the network's error, or the reason of the signal
 */
export function firstExchange(
  socket: Socket,
  port: number,
  {headers = {}, path, signal}: HealthQuestion,
): Promise<HttpResponse | undefined> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0

    const settle = () => {
      socket.off('data', onData)
      socket.off('close', onClose)
      socket.off('error', fail)
      signal.removeEventListener('abort', onAbort)
    }

    const fail = (error: Error) => {
      settle()
      socket.destroy()
      reject(error)
    }

    const onAbort = () => {
      fail(signal.reason as Error)
    }

    const onClose = () => {
      fail(Object.assign(new Error('ECONNRESET: closed before the answer'), {code: 'ECONNRESET'}))
    }

    const onData = (part: Buffer) => {
      parts.push(part)
      size += part.length
      const read = size > MAX_BYTES ? 'other' : readAnswer(Buffer.concat(parts))
      if (read === 'incomplete') return
      settle()
      if (read === 'other' || read.closes) socket.destroy()
      resolve(read === 'other' ? undefined : read.answer)
    }

    socket.on('error', fail)
    socket.on('close', onClose)
    socket.on('data', onData)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    const lines = Object.entries({Host: `${LOOPBACK}:${port}`, ...headers}).map(([name, value]) => `${name}: ${value}`)
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  })
}

/** Reads an HTTP answer with a body of a stated length: RFC 9112, sections 4 and 6.3. */
function readAnswer(bytes: Buffer): 'incomplete' | 'other' | {answer: HttpResponse; closes: boolean} {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return 'incomplete'
  const [start = '', ...fields] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = /^HTTP\/1\.1 ([2-5]\d\d) /.exec(start)?.[1]
  const lengths = fields.filter((field) => /^content-length:/i.test(field))
  const length = /^content-length: *(\d{1,6}) *$/i.exec(lengths[0] ?? '')?.[1]
  const isCoded = fields.some((field) => /^(?:transfer-encoding|content-encoding)/i.test(field))
  if (status === undefined || length === undefined || lengths.length > 1 || isCoded) return 'other'
  if (status === '204' || status === '304') return 'other' // they have no body, whatever length they state
  const body = bytes.subarray(end + 4)
  if (body.length < Number(length)) return 'incomplete'
  if (body.length > Number(length)) return 'other'
  const closes = fields.some((field) => /^connection:.*close/i.test(field))
  return {answer: {body: body.toString('utf8'), status: Number(status)}, closes}
}
