import type {CollectionKind} from '../../values/transit.js'
import type {Value} from '../../values/types.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findGraph} from '../graphs/locate.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {MethodClient} from './method-client.js'
import type {InvokeOptions} from './options.js'
import type {TakeItems} from './passed-items.js'

/** Result of one method of a graph. */
export interface Called {
  graph: string
  repo: string
  value: Value
}

/**
 * Calls one method of a graph. Starts the server if none runs.
 * @param args arguments without the graph, which is added where the method requires it
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function callMethod(
  options: StartOptions,
  method: string,
  args: readonly Value[],
  queryTimeoutMs?: number,
): Promise<Called> {
  return withClient(options, async (client, signal) => {
    const {graph, repo} = client
    return {graph, repo, value: await client.invoke(method, args, {queryTimeoutMs, ...signal})}
  })
}

/** Returns the names of a call's graph. @throws ServerError `invalid-graph-name`, `graph-not-exists` */
export function graphNames({dataDir, repo}: Pick<StartOptions, 'dataDir' | 'repo'>): {graph: string; repo: string} {
  const graph = findGraph(repo, dataDir ?? DEFAULT_DATA_DIR)
  return {graph: graph.name, repo: graph.repo}
}

/** Call whose result is passed on while it arrives. */
export interface ItemsCall extends Pick<InvokeOptions, 'onWarning' | 'queryTimeoutMs'> {
  args: readonly Value[]
  method: string
  take: TakeItems
}

/**
 * Calls one method of a graph, and passes on the items of its result while they arrive.
 * @returns the kind of the collection, or the value if the result is not a collection
 * @throws ServerError with one of the codes of docs/errors.md; some items may have been passed on by then
 */
export async function callForItems(
  options: StartOptions,
  {args, method, take, ...more}: ItemsCall,
): Promise<{kind: CollectionKind} | {value: Value}> {
  return withClient(options, (client, signal) => client.invokeItems(method, args, take, {...more, ...signal}))
}

async function withClient<T>(
  options: StartOptions,
  call: (client: MethodClient, signal: {signal?: AbortSignal}) => Promise<T>,
): Promise<T> {
  const client = new MethodClient(options)
  try {
    options.report?.progress(`Waiting for the response of ${client.graph}`)
    return await call(client, options.signal ? {signal: options.signal} : {})
  } finally {
    client.close()
  }
}
