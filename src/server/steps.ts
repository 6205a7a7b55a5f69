import type {Server, ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

import {poll, systemClock} from '../lib/clock.js'
import {ServerError} from '../lib/errors.js'
import {findGraph, findOrMakeGraph, type Graph} from '../lib/graphs/locate.js'
import {readRecord} from '../lib/lock/record-file.js'
import {lifeOfHolder} from '../lib/process/holder.js'
import type {System} from '../lib/process/system.js'
import type {WorkerOptions} from './options.js'

/** How long requests in flight may take to finish at a stop, in ms. */
const DRAIN_MS = 10_000

/** How long the answers to those that did not finish may take to be sent, in ms. */
const LAST_ANSWERS_MS = 200

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

/** Counts the requests that a server is answering. */
export function countRequests(server: Server): () => number {
  let count = 0
  server.on('request', (_request, response: ServerResponse) => {
    count++
    response.once('close', () => count--)
  })
  return () => count
}

/**
 * Waits for the requests in flight, for 10 s at the most, then has the rest of them ended, and closes the server. Until
 * then it goes on saying that it is stopping: silence would be taken for a server that hangs, and be ended by force.
 * @param endRest ends the requests that are still being worked on; each gets an answer that says so
 */
export async function drain(server: Server, inFlight: () => number, endRest: () => void): Promise<void> {
  const drained = (ms: number) => poll(systemClock, systemClock.now() + ms, () => inFlight() === 0 || undefined)
  if (!(await drained(DRAIN_MS))) {
    endRest()
    await drained(LAST_ANSWERS_MS)
  }

  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
