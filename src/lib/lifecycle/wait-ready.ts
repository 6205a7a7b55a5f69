import {pollDelays} from '../clock.js'
import {ServerError} from '../errors.js'
import {timeText} from '../time-text.js'
import {decideStart} from './decide.js'
import {inspect} from './inspect/inspect.js'
import {begin, type ServerOptions, timeLeft} from './operation.js'
import {errorForState} from './state-errors.js'

/** A caller that starts, stops and takes over nothing. */
const LOOKS_ONLY = {canStop: false, takesOver: false, updatesOwnerProcess: false}

/**
 * Waits until the running server of a graph is ready. A server that is starting or slow is waited for; none is started.
 * @throws ServerError `server-not-found` if none runs, `server-unresponsive` if it is not ready in time
 */
export async function waitUntilReady(options: ServerOptions): Promise<void> {
  const op = await begin(options)
  const {name, repo} = op.graph
  const delays = pollDelays()
  for (;;) {
    op.signal?.throwIfAborted()
    const seen = await inspect(op.system, op.graph, op)
    const step = decideStart(seen, LOOKS_ONLY)
    if (step.do === 'refuse') throw errorForState(op, seen)
    if (step.do === 'spawn')
      throw new ServerError('server-not-found', `No server is running for ${name}`, {details: {repo}})
    if (step.do !== 'wait') return
    const {pid} = step.seen.record
    if (timeLeft(op) <= 0) {
      if (seen.state === 'unresponsive') throw errorForState(op, seen)
      const message = `The server of ${name} (pid ${pid}) was not ready in ${timeText(op.timeoutMs)}`
      throw new ServerError('server-unresponsive', message, {details: {pid, repo}})
    }

    op.report.progress(`Waiting for the server of ${name} (pid ${pid}) to respond`)
    await op.system.clock.sleep(delays.next().value, op.signal)
  }
}
