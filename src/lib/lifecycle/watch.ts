import {realSystem} from '../process/system.js'
import {requireObject} from '../require-argument.js'
import type {ServerOptions} from './operation.js'
import type {ListResult} from './results.js'
import {type ListOptions, listServers} from './status.js'

/** Time between two looks, in ms. */
const INTERVAL_MS = 2000

/** Fields of a server that change by themselves. */
const MOVING: ReadonlySet<string> = new Set(['idle-ms', 'memory', 'uptime-ms'])

/** Lists the servers of a data directory again and again, until the signal aborts. To look is not to use a server. */
export async function* watchServers(
  given: ListOptions & Pick<ServerOptions, 'signal'> = {},
): AsyncGenerator<ListResult, void, undefined> {
  requireObject(given, 'options')
  const {signal, ...options} = given
  const {clock} = options.system ?? (await realSystem())
  while (!signal?.aborted) {
    yield await listServers(options)
    await clock.sleep(INTERVAL_MS, signal).catch(() => {}) // aborted: the loop ends
  }
}

/** Returns true if two lists differ in more than times and memory. */
export function differs(before: ListResult | undefined, now: ListResult): boolean {
  return before === undefined || steadyText(before) !== steadyText(now)
}

function steadyText(list: ListResult): string {
  return JSON.stringify(list, (key: string, value: unknown) => (MOVING.has(key) ? undefined : value))
}
