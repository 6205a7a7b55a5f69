import type {Value} from '../../values/types.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {Client} from './client.js'

/** The result of one method of a graph. */
export interface Called {
  graph: string
  repo: string
  value: Value
}

/**
 * Calls one method of a graph, whose server is started when none runs.
 * @param args without the graph, which is put in front where the method wants it
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function callMethod(
  options: StartOptions,
  method: string,
  args: readonly Value[],
  queryTimeoutMs?: number,
): Promise<Called> {
  const client = new Client(options)
  try {
    const {graph, repo} = client
    options.report?.progress(`Waiting for the answer of ${graph}`)
    const {signal} = options
    const value = await client.invoke(method, args, {queryTimeoutMs, ...(signal && {signal})})
    return {graph, repo, value}
  } finally {
    client.close()
  }
}
