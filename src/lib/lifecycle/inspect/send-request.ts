import type {Socket} from 'node:net'

import {onAbort} from '../../linked-signal.js'
import {type HttpRequest, LOOPBACK} from './exchange.js'
import {ResponseReader} from './response-reader.js'

/** Receives a response while it arrives. Either `onEnd` or `onError` is the last call. */
export interface Receiver {
  onEnd(): void
  /** @param error the network's error, `ECONNRESET` if the response is incomplete, the reason of the signal */
  onError(error: Error): void
  /** @returns false to get no more before `resume` is called */
  onPart(part: Buffer): boolean
  onStatus(status: number): void
}

/** Request that was sent. */
export interface Sent {
  /** Closes the connection, unless the response has been received. */
  cancel(): void
  resume(): void
}

/**
 * Sends one request over a socket that has no other under way, without the HTTP client of Node.js, whose loading costs more
 * than the rest of a short command. The request is never repeated.
 * @param socket destroyed unless another request may follow
 * @param onFree called when the response is complete and another request may follow
 * @throws TypeError for a path or a header that cannot be sent
 */
export function sendRequest(
  socket: Socket,
  {port, request, receiver}: {port: number; receiver: Receiver; request: HttpRequest},
  onFree: () => void,
): Sent {
  const {maxBytes, signal} = request
  const text = serialize(request, port)
  const reader = new ResponseReader(maxBytes)
  let hasStatus = false
  let isSettled = false

  const settle = () => {
    isSettled = true
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.off('close', onClose)
    socket.off('error', fail)
    unlink()
  }

  const fail = (error: Error) => {
    settle()
    socket.destroy()
    receiver.onError(error)
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
    if (!hasStatus) receiver.onStatus(reader.status)
    hasStatus = true
    let takesMore = true
    for (const part of parts) takesMore = receiver.onPart(part)
    if (reader.isComplete) complete()
    else if (!takesMore) socket.pause()
  }

  const complete = () => {
    settle()
    // A server that has answered before it has read the request does not read another one.
    if (!reader.mayFollow || socket.writableLength > 0) socket.destroy()
    else {
      socket.resume()
      onFree()
    }

    receiver.onEnd()
  }

  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.on('close', onClose)
  socket.on('error', fail)
  const unlink = onAbort(signal, () => fail(signal.reason as Error))
  socket.write(text)
  return {
    cancel() {
      if (isSettled) return
      settle()
      socket.destroy()
    },
    resume() {
      if (!isSettled) socket.resume()
    },
  }
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
