import {get, type IncomingMessage} from 'node:http'

import type {Lease, LeaseEvents} from './ports.js'
import type {ManagedRuntime} from './types.js'

/** How long a server may take to say that it is ready, in ms. One that works on something long is not ill. */
const HEALTH_MS = 5000

/** Longest event of a lease that is read, in characters. */
const MAX_EVENT = 4096

/**
 * Asks a server whether it is ready. An app that stood still meanwhile (a modal dialog, a sleep, a signal) sees the time-out
 * before the answer: then the server has not been silent, and is asked again.
 */
export async function isHealthy({baseUrl}: ManagedRuntime, timeoutMs = HEALTH_MS): Promise<boolean> {
  for (;;) {
    const began = performance.now()
    if (await isReady(baseUrl, timeoutMs)) return true
    if (performance.now() - began < 1.5 * timeoutMs) return false
  }
}

function isReady(baseUrl: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = get(`${baseUrl}/readyz`, {agent: false, signal: AbortSignal.timeout(timeoutMs)}, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asking.on('error', () => resolve(false)) // refused, cut off, or out of time: whatever the cause, no answer
  })
}

/**
 * Holds the lease of a server: one request whose answer never ends while both live. Belongs into the main process, since
 * a page that is loaded anew would let go of it.
 */
export function holdLease({authToken, baseUrl}: ManagedRuntime, {onCount, onEnd}: LeaseEvents): Lease {
  let stopping: string | undefined
  let over = false
  const end = (reason: string, lost: boolean) => {
    if (over) return
    over = true
    onEnd(reason, lost)
  }

  const asking = get(`${baseUrl}/v1/lease`, {agent: false, headers: {authorization: `Bearer ${authToken}`}})
  asking.on('error', (error) => end(`the connection to it failed: ${error.message}`, true))
  asking.on('response', (response) => {
    if (response.statusCode !== 200) {
      response.resume()
      end(`it gives no lease: status ${response.statusCode}`, response.statusCode === 503)
      return
    }

    readEvents(response, (name, data) => {
      if (name === 'leases' && typeof data['leases'] === 'number') onCount(data['leases'])
      if (name === 'stopping') stopping = String(data['why'])
    })
    response.on('error', () => {}) // 'close' follows, and tells
    response.on('close', () =>
      end(stopping === undefined ? 'it ended without a word' : `it stopped: ${stopping}`, true),
    )
  })
  return {
    close() {
      over = true
      asking.destroy()
    },
  }
}

/** Reads server-sent events whose data is a JSON object in one line. What is not is passed over. */
function readEvents(stream: IncomingMessage, onEvent: (name: string, data: Record<string, unknown>) => void): void {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const [, name, json] = /^event: (\w+)\ndata: (\{.*\})$/.exec(text.slice(0, end)) ?? []
      text = text.slice(end + 2)
      const data = json === undefined ? undefined : parseObject(json)
      if (name !== undefined && data) onEvent(name, data)
    }

    text = text.slice(-MAX_EVENT)
  })
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json) as Record<string, unknown>
  } catch {
    return undefined // of another version, perhaps
  }
}
