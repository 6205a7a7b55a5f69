import {DEFAULT_QUERY_TIMEOUT_MS, RESPONSE_GRACE_MS} from '../../protocol/http.js'
import type {HttpResponse} from '../lifecycle/inspect/exchange.js'
import {linkSignals} from '../linked-signal.js'
import {patientTimeout} from '../patient-timeout.js'
import type {PassedItems} from './passed-items.js'
import type {Proven} from './proven.js'
import {NoResponse} from './unreachable.js'

/** Maximum size of a response, in bytes. */
const MAX_ANSWER_BYTES = 512 * 1024 * 1024

/**
 * Sends one call over a connection, and waits for its response.
 * @param items receive the result while it arrives; undefined to keep it in the response
 * @throws NoResponse if the server takes longer than its time for the call; the reason of the signal; the error of the connection
 */
export async function sendCall(
  {connection, headers}: Proven,
  body: object,
  {items, queryTimeoutMs, signal}: {items?: PassedItems | undefined; queryTimeoutMs?: number; signal?: AbortSignal},
): Promise<HttpResponse> {
  const leaving = linkSignals(signal)
  const ms = (queryTimeoutMs ?? DEFAULT_QUERY_TIMEOUT_MS) + RESPONSE_GRACE_MS
  let late: Error | undefined
  const leave = () => {
    late = new NoResponse(ms)
    leaving.abort(late)
  }

  let cancel = patientTimeout(ms, leave)
  try {
    return await connection.send({
      body,
      headers,
      maxBytes: MAX_ANSWER_BYTES,
      method: 'POST',
      onPart:
        items &&
        (async (part) => {
          cancel() // the receiver of the items may take its time, the server may not
          await items.feed(part)
          cancel = patientTimeout(ms, leave)
        }),
      path: '/v1/invoke',
      signal: leaving.signal,
    })
  } catch (error) {
    throw late ?? error // an aborted response fails like a broken connection, which would be repeated
  } finally {
    cancel()
    leaving.unlink()
  }
}
