import {join} from 'node:path'

import {poll, pollDelays, systemClock} from '../lib/clock.js'
import {ServerError} from '../lib/errors.js'
import {realDirectory, rootDirOf} from '../lib/graphs/data-dir.js'
import {findGraph, findOrMakeGraph, type Graph} from '../lib/graphs/locate.js'
import {readRecord} from '../lib/lock/record-file.js'
import type {LockRecord} from '../lib/lock/record.js'
import {livenessOfServer} from '../lib/process/server-liveness.js'
import type {System} from '../lib/process/system.js'
import type {WorkerOptions} from './options.js'

/** Maximum time for sending the answers to unfinished requests, in ms. */
const LAST_ANSWERS_MS = 200

/**
 * Finds the graph to serve.
 * @throws ServerError `usage` if it is not the directory that the caller meant
 */
export function locateGraph({create, dataDir, graphId, repo}: WorkerOptions): Graph {
  const graph = create ? findOrMakeGraph(repo, dataDir, true) : findGraph(repo, dataDir)
  if (graphId !== undefined && graphId !== graph.id)
    throw new ServerError('usage', `--graph-id is not the ID of ${graph.dir}`)
  return graph
}

/**
 * Stops this start if the record names a living server: Logseq's own servers hold no server lock.
 * @returns the record of a dead one
 * @throws ServerError `repo-locked`
 */
export async function assertNoLiveServer(system: System, graph: Graph): Promise<LockRecord | undefined> {
  const read = readRecord(graph.dir)
  if (read.kind !== 'present') return undefined
  if (read.record.pid === process.pid) return read.record
  const liveness = await livenessOfServer(
    system,
    graph,
    read.record,
    await system.processes.getProcess(read.record.pid),
  )
  if (liveness === 'alive') throw new ServerError('repo-locked', `pid ${read.record.pid} serves ${graph.name}`)
  return read.record
}

/**
 * Finds the directory in which Logseq's programs have their list of servers.
 * @returns undefined when they do not look for graphs where this one is
 */
export function findListDir({dataDir: given, rootDir}: WorkerOptions, {dataDir}: Graph): string | undefined {
  // The root may be known by a link `graphs` in it, which leads to a directory of any name.
  const root = rootDir === undefined ? undefined : rootDirOf(join(rootDir, 'graphs'))
  if (root !== undefined && realDirectory(join(root, 'graphs')) === dataDir) return root
  return rootDirOf(given, dataDir)
}

/**
 * Waits for the requests in flight, then cancels the rest. The server keeps reporting that it is stopping, because a
 * silent server would count as hanging and be killed.
 * @param patience time to wait, in ms; read repeatedly, because a later request to stop may allow less
 * @param endRest cancels the running requests; each gets an error that says so
 */
export async function drain({
  endRest,
  inFlight,
  patience,
}: {
  endRest(): void
  inFlight(): number
  patience(): number
}): Promise<void> {
  const began = systemClock.now()
  const isOver = () => inFlight() === 0 || systemClock.now() - began >= patience()
  // The response to the request to stop is usually the last one, and is sent in a moment.
  await poll(systemClock, Infinity, () => isOver() || undefined, undefined, pollDelays(1))
  if (inFlight() > 0) {
    endRest()
    await poll(systemClock, systemClock.now() + LAST_ANSWERS_MS, () => inFlight() === 0 || undefined)
  }
}
