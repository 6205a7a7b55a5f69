import type {Graph} from '../lib/graphs/locate.js'
import type {Owner, Requester} from '../lib/lock/owner.js'
import {clientProofOf, proofOf, sameSecret} from '../lib/lock/proof.js'
import type {System} from '../lib/process/system.js'
import {asksOwner} from '../protocol/methods/all.js'
import {present} from '../values/present.js'
import type {Connections} from './http/connections.js'
import type {EventStreams} from './http/events.js'
import {DEFAULT_ORIGIN} from './http/host-and-origin.js'
import type {LeaseStreams} from './http/lease.js'
import {MAX_ANSWERS, MAX_BODIES, MemoryBudget} from './http/memory.js'
import {Peers} from './http/peers.js'
import type {Service} from './http/service.js'
import type {IdleWatch} from './idle.js'
import type {LeaseWatch} from './lease.js'
import type {DailyLog} from './log.js'
import type {WorkerOptions} from './options.js'
import type {Publication, Secrets} from './ownership/publication.js'
import {requireOwner} from './ownership/stop-rights.js'
import type {Watchdog} from './ownership/watchdog.js'
import type {ServedGraph} from './served-graph.js'

/** Parts of the server that answer requests. Those that are functions come into being after the port is open. */
export interface ServiceParts {
  connections: Connections
  events: EventStreams
  graph: Graph
  idle(): IdleWatch | undefined
  leases: LeaseStreams
  leaseWatch(): LeaseWatch | undefined
  log: DailyLog
  options: WorkerOptions
  publication(): Publication | undefined
  /** The version of this program, as it was at the start. */
  revision: string
  /** The directory of Logseq's list of servers; undefined when the graph is not listed. */
  rootDir: string | undefined
  secrets: Secrets
  servedGraph(): ServedGraph | undefined
  shutdown(requester: Requester | undefined, restarts: boolean): Promise<Owner | undefined>
  state: Service['state']
  system: System
  watchdog(): Watchdog | undefined
}

/** Creates what the HTTP side needs of a server. What is asked for only when ready, is there by then. */
export function httpService(parts: ServiceParts): Service {
  const {connections, events, graph, leases, log, options, revision, secrets, shutdown, state, system} = parts
  const {'auth-token': token, 'lock-id': lockId} = secrets
  const servedGraph = () => present(parts.servedGraph())
  return {
    auth: options.auth,
    answers: new MemoryBudget(MAX_ANSWERS, 'the answers'),
    bodies: new MemoryBudget(MAX_BODIES, 'the bodies'),
    connections,
    damage: () => parts.servedGraph()?.damage,
    describe: () => describe(parts),
    events,
    holds: () => parts.watchdog()?.isHeld() ?? true,
    async invoke(call, left) {
      if (asksOwner(call.method)) await requireOwner(system, present(parts.publication()).current(), call.requester)
      const run = () => servedGraph().invoke(call, left)
      const leaseWatch = parts.leaseWatch()
      return leaseWatch ? leaseWatch.during(run) : run()
    },
    isProofOfClient: (challenge, proof) => sameSecret(proof, clientProofOf(token, lockId, challenge)),
    landing: () => ({graph: graph.name, version: revision}),
    leases,
    log: (level, message, details) => log[level](details, message),
    origin: process.env['LOGSEQ_DB_WORKER_ORIGIN'] || DEFAULT_ORIGIN,
    peers: new Peers(),
    prove: (challenge) => ({
      'graph-proof': proofOf(token, lockId, challenge, graph.id),
      proof: proofOf(token, lockId, challenge),
    }),
    discard: (path) => servedGraph().discard(path),
    receive: (repo) => servedGraph().receive(repo),
    run: (start, options) => servedGraph().run(start, options),
    shutdown,
    state,
    status: (ownConnections) => describeUse(parts, ownConnections),
    token,
    wake: () => parts.watchdog()?.wake(),
  }
}

/** Describes a server for health, in the words for which Logseq's clients look. */
function describe({options, publication, rootDir}: ServiceParts): object {
  const record = publication()?.current()
  if (!record) return {} // it listens, and publishes its record in a moment
  const {host, 'owner-source': owner, pid, port, repo} = record
  return {repo, host, port, pid, 'owner-source': owner, 'root-dir': rootDir, revision: options.revision}
}

function describeUse({connections, events, idle, leases}: ServiceParts, ownConnections: number): object {
  return {
    clients: {
      connections: Math.max(0, connections.use.connections - ownConnections),
      'event-streams': events.size,
      leases: leases.count,
    },
    ...residentMemory(),
    ...idle()?.describe(),
  }
}

/** Returns the resident memory in bytes, if the system reports it: on Linux, it is read from /proc. */
function residentMemory(): {memory?: number} {
  try {
    return {memory: process.memoryUsage.rss()}
  } catch {
    return {} // /proc is hidden
  }
}
