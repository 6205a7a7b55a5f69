import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Owner, Requester} from '../../lib/lock/owner.js'
import type {Call} from '../methods/call.js'
import type {Gate} from './authorize.js'
import type {Connections} from './connections.js'
import type {EventStreams} from './events.js'
import type {Landing} from './landing-page.js'
import type {LeaseStreams} from './lease.js'
import type {MemoryBudget} from './memory.js'
import type {WriteLog} from './request-log.js'

/** Parts of the server that the HTTP side needs. */
export interface Service extends Gate {
  /** Memory that the answers and the bodies of all requests take. */
  answers: MemoryBudget
  bodies: MemoryBudget
  connections: Connections
  /** Returns the reason why the graph counts as damaged; undefined until damage is found. */
  damage(): string | undefined
  /** Describes what a process list also shows of this server: graph, process, owner, build. */
  describe(): object
  events: EventStreams
  /** Returns false when the graph no longer belongs to this server. A client waits until such a server has exited. */
  holds(): boolean
  /** Runs a method. @returns the body of the answer, in pieces */
  invoke(call: Call, signal: AbortSignal): Promise<readonly Buffer[]>
  /** Describes this server to a person who opens its address. */
  landing(): Landing
  /** Returns true if a client has proven that it knows the token. */
  isProofOfClient(challenge: string, proof: string): boolean
  leases: LeaseStreams
  log: WriteLog
  /** Chooses the path of a database that is to take the place of the graph; asked for only when ready. As in ServedGraph. */
  receive(repo: string | undefined): string
  /** Removes what arrived. As in ServedGraph. */
  discard(path: string): void
  /**
   * Returns the proofs that only this server can compute for a challenge: with its graph, and, for older clients,
   * without.
   */
  prove(challenge: string): {'graph-proof': string; proof: string}
  /** Runs a task in its turn; asked for only when ready. */
  run<T>(
    start: (execution: ExecutionContext) => CooperativeTask<T>,
    options: {signal: AbortSignal; timeoutMs: number},
  ): Promise<T>
  /**
   * @param requester undefined for a client that has applied the owner rule itself
   * @param restarts its supervisor is to start it again
   * @returns the owner, when it is not the requester's to stop
   */
  shutdown(requester: Requester | undefined, restarts: boolean): Promise<Owner | undefined>
  state(): 'ready' | 'starting' | 'stopping'
  /**
   * Describes who uses this server, for its own user.
   * @param ownConnections number of connections that do not count: over which the description is sent
   */
  status(ownConnections: number): object
  /** Called for each request: the server looks after its files while it is used. */
  wake(): void
}
