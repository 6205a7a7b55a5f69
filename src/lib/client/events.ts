import type {Readable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'

import {readEvents, type ServerEvent} from '../../protocol/events.js'
import {decodeTransit} from '../../values/transit.js'
import type {Value} from '../../values/types.js'
import {readOutcome} from './failure.js'
import type {Proven} from './proven.js'

/**
 * First and longest delay before a stream is opened again, in ms. The delay doubles in between, and begins anew after a stream that
 * stayed open for longer than the longest delay: after each break a program reads again all that it shows.
 */
const FIRST_WAIT_MS = 100
const LAST_WAIT_MS = 2000

/** Event of a graph. */
export interface GraphEvent {
  /** Content of the event; null for `opened` and `gap`. That of `sync-db-changes` is a map with `:tx-data` and `:tx-meta`. */
  payload: Value
  /**
   * `sync-db-changes` for each write. `opened` when the stream is open for the first time: read now what is displayed. `gap` when it
   * is open again after a break: events were missed, so read again.
   */
  type: string
}

/** Options of an event stream. */
export interface EventOptions {
  /** Ends the iteration by throwing its reason. */
  signal?: AbortSignal
}

/** Open stream of one server. */
interface Stream {
  body: Readable
  close(): void
}

/**
 * Yields the events of a graph, and opens the stream again after each break. The first connection may start a server, later ones wait
 * for one: a server that a user stopped stays stopped.
 * @param connect opens a connection; undefined if no server is ready
 * @throws the error of the first connection; the reason of the signal
 */
export async function* followEvents(
  connect: (isFirst: boolean) => Promise<Proven | undefined>,
  signal: AbortSignal,
): AsyncGenerator<GraphEvent> {
  let wasOpen = false
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LAST_WAIT_MS, wait * 2)) {
    signal.throwIfAborted()
    const stream = await openStream(connect, wasOpen, signal)
    if (stream) {
      const opened = performance.now()
      try {
        yield {payload: null, type: wasOpen ? 'gap' : 'opened'}
        wasOpen = true
        yield* untilBroken(decoded(readEvents(stream.body)))
      } finally {
        stream.close()
      }

      if (performance.now() - opened > LAST_WAIT_MS) wait = FIRST_WAIT_MS
    }

    await sleep(wait, undefined, {signal}).catch(() => {}) // the signal is looked at above
  }
}

async function openStream(
  connect: (isFirst: boolean) => Promise<Proven | undefined>,
  wasOpen: boolean,
  signal: AbortSignal,
): Promise<Stream | undefined> {
  try {
    const proven = await connect(!wasOpen)
    return proven && (await openEvents(proven, signal))
  } catch (error) {
    signal.throwIfAborted()
    if (!wasOpen) throw error
    return undefined // the server is about to end, or to start: tried again
  }
}

/** @throws ServerError if the server refuses the stream */
async function openEvents({connection, headers}: Proven, signal: AbortSignal): Promise<Stream> {
  try {
    const {body, status} = await connection.open({headers, path: '/v1/events', signal})
    if (status === 200) return {body, close: () => connection.close()}
    const parts: Buffer[] = []
    for await (const part of body as AsyncIterable<Buffer>) parts.push(part)
    const outcome = readOutcome({body: Buffer.concat(parts).toString('utf8'), status})
    throw 'error' in outcome ? outcome.error : new Error('the response has no error')
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * Ends where the connection broke, or an event cannot be read: what it said is missed. An error of the consumer does not come this
 * way.
 */
async function* untilBroken(events: AsyncGenerator<GraphEvent>): AsyncGenerator<GraphEvent> {
  try {
    yield* events
  } catch {
    // the stream is opened again, as one that ended
  }
}

async function* decoded(events: AsyncGenerator<ServerEvent>): AsyncGenerator<GraphEvent> {
  for await (const {payload, type} of events) {
    const value = decodeTransit(payload)
    // Logseq's payload repeats the type.
    yield {payload: Array.isArray(value) && value.length === 2 ? (value[1] as Value) : value, type}
  }
}
