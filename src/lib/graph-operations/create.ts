import {ServerError} from '../errors.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findOrMakeGraph, type Graph, hasDatabase} from '../graphs/locate.js'
import type {StartOptions} from '../lifecycle/operation.js'
import type {StartResult} from '../lifecycle/results.js'
import {startServer} from '../lifecycle/start.js'
import {graphExists} from '../lifecycle/state-errors.js'
import {requireText} from '../require-argument.js'
import {hintOfStart} from './hint-of-start.js'
import {requirePlace} from './require-place.js'

/**
 * Creates a graph, and starts its server. A creation that did not come to its end is completed.
 * @throws ServerError `graph-exists`, and the errors of `startServer`
 */
export async function createGraph(options: StartOptions): Promise<StartResult> {
  requireText(options, 'repo')
  const graph = findOrMakeGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR, options.force)
  requirePlace(graph) // before a server is started, which would go on to serve what is there
  const result = await startCreating(graph, options)
  if (!result.created) throw graphExists(graph) // another process was faster
  return result
}

/** @throws the error of the start; if there is a database by then, its hint completes the start, since `graph create` would refuse */
async function startCreating(graph: Graph, options: StartOptions): Promise<StartResult> {
  try {
    return await startServer({...options, create: true})
  } catch (error) {
    if (!(error instanceof ServerError) || !hasDatabase(graph)) throw error
    const {code, details, message} = error
    const hint = hintOfStart(error, graph.name, 'server start --create')
    throw new ServerError(code, message, {cause: error, details, hint})
  }
}
