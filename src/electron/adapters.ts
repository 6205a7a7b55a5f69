import type {Clock} from '../lib/clock.js'
import type {ManagedRuntime} from './types.js'

/** Lease that is held. */
export interface Lease {
  /** Releases the lease; `onEnd` is not called. */
  close(): void
}

export interface LeaseEvents {
  /** Number of current leases of all programs. */
  onCount(leases: number): void
  /**
   * Called when the lease ended on the server's side or could not be taken.
   * @param lost true if the server is gone; false if it lives but has no leases
   */
  onEnd(reason: string, lost: boolean): void
}

/** Side effects of the manager. Tests replace them. */
export interface Adapters {
  clock: Clock
  /** Returns true if the server reports in time that it is ready. */
  isHealthy(runtime: ManagedRuntime): Promise<boolean>
  lease(runtime: ManagedRuntime, events: LeaseEvents): Lease
  /** Starts or finds the server of a graph. @param how `restart` stops an own server first */
  start(repo: string, how: 'restart' | 'start', create: boolean): Promise<ManagedRuntime>
  /** Stops an own server. @throws ServerError */
  stop(repo: string): Promise<void>
}
