import type {Socket} from 'node:net'
import {Readable} from 'node:stream'

import {type HttpRequest, LOOPBACK, type OpenResponse} from './exchange.js'
import {ResponseReader} from './response-reader.js'

/** Bytes of a body that are kept before the socket is paused. */
const BUFFERED_BYTES = 64 * 1024

/**
 * Sends one request over a socket that has no other under way, without the HTTP client of Node.js, whose loading costs more
 * than the rest of a short command. The request is never repeated.
 * @param socket destroyed unless another request may follow
 * @param onFree called when the response is complete and another request may follow
 * @returns the response, when its head has arrived
 * @throws the network's error, `ECONNRESET` if the response is incomplete, the reason of the signal
 */
export function sendRequest(
  socket: Socket,
  port: number,
  request: HttpRequest,
  onFree: () => void,
): Promise<OpenResponse> {
  const {maxBytes, signal} = request
  const text = serialize(request, port)
  return new Promise((resolve, reject) => {
    const reader = new ResponseReader(maxBytes)
    let body: Readable | undefined
    let isSettled = false

    const settle = () => {
      isSettled = true
      socket.off('data', onData)
      socket.off('end', onEnd)
      socket.off('close', onClose)
      socket.off('error', fail)
      signal.removeEventListener('abort', onAbort)
    }

    const fail = (error: Error) => {
      settle()
      socket.destroy()
      if (body) body.destroy(error)
      else reject(error)
    }

    const onAbort = () => {
      fail(signal.reason as Error)
    }

    const onClose = () => {
      fail(Object.assign(new Error('ECONNRESET: closed before the response was complete'), {code: 'ECONNRESET'}))
    }

    const onEnd = () => {
      if (reader.end()) complete()
      else onClose()
    }

    const onData = (bytes: Buffer) => {
      let parts: readonly Buffer[]
      try {
        parts = reader.feed(bytes)
      } catch (error) {
        fail(error as Error) // thrown by the reader for the one who waits for the response
        return
      }

      if (reader.status === undefined) return
      body ??= open(reader.status)
      let takesMore = true
      for (const part of parts) takesMore = body.push(part)
      if (reader.isComplete) complete()
      else if (!takesMore) socket.pause()
    }

    const open = (status: number): Readable => {
      const opened = new Readable({
        destroy(error, done) {
          if (!isSettled) {
            settle()
            socket.destroy() // the rest of the response is not wanted
          }

          done(error)
        },
        highWaterMark: BUFFERED_BYTES,
        read() {
          if (!isSettled) socket.resume()
        },
      })
      opened.on('error', () => {}) // the caller gets the error when it reads; before that, it has no receiver
      resolve({body: opened, status})
      return opened
    }

    const complete = () => {
      settle()
      body?.push(null)
      // A server that has answered before it has read the request does not read another one.
      if (!reader.mayFollow || socket.writableLength > 0) socket.destroy()
      else {
        socket.resume()
        onFree()
      }
    }

    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('close', onClose)
    socket.on('error', fail)
    signal.addEventListener('abort', onAbort)
    socket.write(text)
  })
}

/** Returns the text of a request (RFC 9112, 3 and 5). @throws TypeError for a character that its lines cannot have */
function serialize({body, headers, method = 'GET', path}: HttpRequest, port: number): string {
  const content = body === undefined ? '' : JSON.stringify(body)
  const fields = {
    Host: `${LOOPBACK}:${port}`,
    ...headers,
    ...(body !== undefined && {'content-length': Buffer.byteLength(content), 'content-type': 'application/json'}),
  }
  const lines = [`${method} ${path} HTTP/1.1`, ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`)]
  if (!lines.every((line) => /^[\u0020-\u007E]*$/.test(line)))
    throw new TypeError('a path or a header of the request has a character that is not printable ASCII')
  return `${lines.join('\r\n')}\r\n\r\n${content}`
}
