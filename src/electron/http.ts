import type {IncomingMessage} from 'node:http'

import {messageOf} from '../lib/errors.js'
import {findGraph} from '../lib/graphs/locate.js'
import {type Named, serves} from '../lib/lifecycle/inspect/classify.js'
import type {Connection} from '../lib/lifecycle/inspect/connection.js'
import {enter} from '../lib/lifecycle/inspect/inspect.js'
import {authorization} from '../lib/lifecycle/shutdown.js'
import {realSystem} from '../lib/process/system.js'
import type {Lease, LeaseEvents} from './ports.js'
import type {ManagedRuntime} from './types.js'

/** How long a server may take to say that it is ready, in ms. One that works on something long is not ill. */
const HEALTH_MS = 5000

/** Longest event of a lease that is read, in characters. */
const MAX_EVENT = 4096

/**
 * Asks a server whether it is ready, and still the one of its graph.
 * @param dataDir where the graph is
 */
export async function isHealthy(dataDir: string, runtime: ManagedRuntime, timeoutMs = HEALTH_MS): Promise<boolean> {
  try {
    const {connection, seen} = await awake(timeoutMs, () => meet(dataDir, runtime, timeoutMs))
    connection.close()
    return serves(seen)
  } catch {
    return false // the graph or its server is gone, silent, or another one: whatever the cause, this one is not well
  }
}

/**
 * Holds the lease of a server: one request whose answer never ends while both live. Belongs into the main process, since
 * a page that is loaded anew would let go of it.
 * @param dataDir where the graph is
 */
export function holdLease(dataDir: string, runtime: ManagedRuntime, {onCount, onEnd}: LeaseEvents): Lease {
  let stopping: string | undefined
  const closing = new AbortController()
  const end = (reason: string, lost: boolean) => {
    if (closing.signal.aborted) return
    closing.abort()
    onEnd(reason, lost)
  }

  const listen = (response: IncomingMessage | undefined) => {
    if (response?.statusCode !== 200) {
      const why = response ? `status ${response.statusCode}` : 'it is a server of Logseq’s own'
      end(`it gives no lease: ${why}`, response?.statusCode === 503)
      return
    }

    readEvents(response, (name, data) => {
      if (name === 'leases' && typeof data['leases'] === 'number') onCount(data['leases'])
      if (name === 'stopping') stopping = String(data['why'])
    })
    response.on('close', () =>
      end(stopping === undefined ? 'it ended without a word' : `it stopped: ${stopping}`, true),
    )
  }

  awake(HEALTH_MS, () => openLease(dataDir, runtime, closing.signal)).then(listen, (error: unknown) =>
    end(messageOf(error), true),
  )
  return {close: () => closing.abort()}
}

/**
 * Opens the stream of a lease on the very connection on which the server has proven itself.
 * @returns undefined for a server of Logseq's own, which knows no leases
 */
async function openLease(
  dataDir: string,
  runtime: ManagedRuntime,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  signal.throwIfAborted()
  const {connection, seen} = await meet(dataDir, runtime, HEALTH_MS)
  try {
    if (seen.record['auth-token'] === undefined) {
      connection.close()
      return undefined
    }

    const response = await connection.open({headers: authorization(seen.record), path: '/v1/lease', signal})
    response.on('error', () => {}) // 'close' follows, and tells
    response.on('close', () => connection.close())
    return response
  } catch (error) {
    connection.close()
    throw new Error(`the connection to it failed: ${messageOf(error)}`, {cause: error})
  }
}

/**
 * Goes to the server of a runtime through the door: by the graph's record, not by the address that a start told. A port
 * can change hands, and a directory can move, while an app runs.
 * @returns the connection on which the server has proven itself; the caller closes it
 * @throws Error that says why there is none
 */
async function meet(
  dataDir: string,
  runtime: ManagedRuntime,
  probeMs: number,
): Promise<{connection: Connection; seen: Named}> {
  const {connection, seen} = await enter(await realSystem(), findGraph(runtime.repo, dataDir), {probeMs})
  if ('record' in seen && isSame(seen, runtime)) {
    if (connection) return {connection, seen}
    if (seen.state === 'unresponsive') throw new Error('it does not answer')
  }

  connection?.close()
  throw new Error('it is not the server of this graph any more')
}

/** Is the server of a graph's record the one that a start told of? Logseq's own has no lock-id that proves anything. */
function isSame({record}: Named, {lockId, pid}: ManagedRuntime): boolean {
  return record.pid === pid && (record['auth-token'] === undefined ? undefined : record['lock-id']) === lockId
}

/**
 * Does something that takes `timeoutMs` at most. An app that stood still meanwhile (a modal dialog, a sleep, a signal) sees
 * the time-out before the answer: then the server has not been silent, and is asked again.
 */
async function awake<T>(timeoutMs: number, act: () => Promise<T>): Promise<T> {
  for (;;) {
    const began = performance.now()
    try {
      return await act()
    } catch (error) {
      if (performance.now() - began < 1.5 * timeoutMs) throw error
    }
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
