import {ServerError} from '../errors.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findOrMakeGraph, hasDatabase} from '../graphs/locate.js'
import type {StartOptions} from './operation.js'
import type {StartResult} from './results.js'
import {startServer} from './start.js'

/**
 * Makes a graph, and starts its server.
 * @throws ServerError `graph-exists`, and whatever `startServer` throws
 */
export async function createGraph(options: StartOptions): Promise<StartResult> {
  const graph = findOrMakeGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR)
  const exists = () =>
    new ServerError('graph-exists', `There is a graph ${JSON.stringify(graph.name)} already`, {
      details: {graph: graph.name, repo: graph.repo, dir: graph.dir},
    })
  if (hasDatabase(graph)) throw exists()
  const result = await startServer({...options, create: true})
  if (!result.created) throw exists() // somebody else was quicker
  return result
}
