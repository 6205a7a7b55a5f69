import type {Readable} from 'node:stream'

import {messageOf} from '../lib/errors.js'
import {parseObject} from '../lib/fields.js'
import {findGraph} from '../lib/graphs/locate.js'
import {type Named, serves} from '../lib/lifecycle/inspect/classify.js'
import type {Connection} from '../lib/lifecycle/inspect/connection.js'
import type {OpenResponse} from '../lib/lifecycle/inspect/exchange.js'
import {enter} from '../lib/lifecycle/inspect/inspect.js'
import {authorization} from '../lib/lifecycle/shutdown.js'
import {realSystem} from '../lib/process/system.js'
import type {Lease, LeaseEvents} from './adapters.js'
import type {ManagedRuntime} from './types.js'

/** Time for a server to report that it is ready, in ms. A server that executes a long task may need most of it. */
const HEALTH_MS = 5000

/** Maximum length of a lease event, in characters. */
const MAX_EVENT = 4096

/**
 * Returns true if the server is ready and still serves its graph.
 * @param dataDir directory of the graphs
 */
export async function isHealthy(dataDir: string, runtime: ManagedRuntime, timeoutMs = HEALTH_MS): Promise<boolean> {
  try {
    const {connection, seen} = await meet(dataDir, runtime, timeoutMs)
    connection.close()
    return serves(seen)
  } catch {
    return false // any failure, such as a missing graph, a silent server or another one on the port, means unhealthy
  }
}

/**
 * Holds the lease of a server: one request whose response stays open while both processes live. Use it in the main
 * process, because a page would release the lease on reload.
 * @param dataDir directory of the graphs
 */
export function holdLease(dataDir: string, runtime: ManagedRuntime, {onCount, onEnd}: LeaseEvents): Lease {
  let stopping: string | undefined
  const closing = new AbortController()
  const end = (reason: string, lost: boolean) => {
    if (closing.signal.aborted) return
    closing.abort()
    onEnd(reason, lost)
  }

  const listen = (response: OpenResponse | undefined) => {
    if (response?.status !== 200) {
      const why = response ? `status ${response.status}` : 'it is a server of Logseq’s own'
      end(`it refused a lease: ${why}`, response?.status === 503)
      return
    }

    readEvents(response.body, (name, data) => {
      if (name === 'leases' && typeof data['leases'] === 'number') onCount(data['leases'])
      if (name === 'stopping') stopping = String(data['why'])
    })
    response.body.on('close', () =>
      end(stopping === undefined ? 'it ended without a reason' : `it stopped: ${stopping}`, true),
    )
  }

  awake(() => openLease(dataDir, runtime, closing.signal)).then(listen, (error: unknown) => end(messageOf(error), true))
  return {close: () => closing.abort()}
}

/**
 * Opens the lease stream on the connection on which the server has proven itself.
 * @returns undefined for Logseq's own server, which has no leases
 */
async function openLease(
  dataDir: string,
  runtime: ManagedRuntime,
  signal: AbortSignal,
): Promise<OpenResponse | undefined> {
  signal.throwIfAborted()
  const {connection, seen} = await meet(dataDir, runtime, HEALTH_MS)
  try {
    if (seen.record['auth-token'] === undefined) {
      connection.close()
      return undefined
    }

    const response = await connection.open({headers: authorization(seen.record), path: '/v1/lease', signal})
    response.body.on('close', () => connection.close())
    return response
  } catch (error) {
    connection.close()
    throw new Error(`the connection to it failed: ${messageOf(error)}`, {cause: error})
  }
}

/**
 * Opens a proven connection to the server of a runtime, found by the graph's record. The address in the runtime is not
 * used: a port can be reused and a directory can be moved while the app runs.
 * @returns the connection; the caller closes it
 * @throws Error with the reason
 */
async function meet(
  dataDir: string,
  runtime: ManagedRuntime,
  probeMs: number,
): Promise<{connection: Connection; seen: Named}> {
  const {connection, seen} = await enter(await realSystem(), findGraph(runtime.repo, dataDir), {probeMs})
  if ('record' in seen && isSame(seen, runtime)) {
    if (connection) return {connection, seen}
    if (seen.state === 'unresponsive') throw new Error('it does not respond')
  }

  connection?.close()
  throw new Error('it is not the server of this graph')
}

/**
 * Returns true if the record names the server of the runtime. For Logseq's own server, which has no proof, the pid is
 * compared.
 */
function isSame({record}: Named, {lockId, pid}: ManagedRuntime): boolean {
  return record.pid === pid && (record['auth-token'] === undefined ? undefined : record['lock-id']) === lockId
}

/**
 * Calls `act`, which takes at most `HEALTH_MS`. While an app was suspended (modal dialog, sleep, SIGSTOP), the server may have closed the
 * connection between two requests. In that case the call is repeated.
 */
async function awake<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    const began = performance.now()
    try {
      return await act()
    } catch (error) {
      if (performance.now() - began < 1.5 * HEALTH_MS) throw error
    }
  }
}

/** Reads server-sent events whose data is one JSON object. Other events are skipped. */
function readEvents(stream: Readable, onEvent: (name: string, data: Record<string, unknown>) => void): void {
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
