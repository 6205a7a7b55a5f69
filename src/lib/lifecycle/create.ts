import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findOrMakeGraph, hasDatabase} from '../graphs/locate.js'
import {requireText} from '../require-argument.js'
import type {StartOptions} from './operation.js'
import type {StartResult} from './results.js'
import {startServer} from './start.js'
import {graphExists} from './state-errors.js'

/**
 * Creates a graph, and starts its server.
 * @throws ServerError `graph-exists`, and the errors of `startServer`
 */
export async function createGraph(options: StartOptions): Promise<StartResult> {
  requireText(options, 'repo')
  const graph = findOrMakeGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR)
  if (hasDatabase(graph)) throw graphExists(graph)
  const result = await startServer({...options, create: true})
  if (!result.created) throw graphExists(graph) // another process was faster
  return result
}
