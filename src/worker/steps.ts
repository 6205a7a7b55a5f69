import type {Server} from 'node:http'
import type {AddressInfo} from 'node:net'

import {ServerError} from '../lib/errors.js'
import {findGraph, findOrMakeGraph, type Graph} from '../lib/graph/locate.js'
import {readRecord} from '../lib/lock/record-file.js'
import {lifeOfHolder} from '../lib/process/holder.js'
import type {System} from '../lib/process/system.js'
import type {WorkerOptions} from './options.js'

/** How long requests in flight may take to finish at a stop, and how often idle connections are swept, in ms. */
const DRAIN_MS = 10_000
const SWEEP_MS = 20

/**
 * Finds the graph that the daemon was told to serve.
 * @throws ServerError `usage` when it is not the directory that the caller meant
 */
export function locateGraph({create, dataDir, graphId, repo}: WorkerOptions): Graph {
  const graph = create ? findOrMakeGraph(repo, dataDir) : findGraph(repo, dataDir)
  if (graphId !== undefined && graphId !== graph.id)
    throw new ServerError('usage', `graph-id is not that of ${graph.dir}`)
  return graph
}

/**
 * Gives way to a living daemon that the record names: Logseq's own holds no guard.
 * @throws ServerError `repo-locked`
 */
export async function giveWay(system: System, graph: Graph): Promise<void> {
  const read = readRecord(graph.dir)
  if (read.kind !== 'present' || read.record.pid === process.pid) return
  const life = await lifeOfHolder(system, graph, read.record, await system.processes.look(read.record.pid))
  if (life === 'alive') throw new ServerError('repo-locked', `pid ${read.record.pid} serves ${graph.name}`)
}

/** Listens on a free port of 127.0.0.1. @returns the port */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** Takes no new connection, and waits for the requests in flight; those that take longer than 10 s are cut off. */
export function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(cut)
      resolve()
    })
  })
}
