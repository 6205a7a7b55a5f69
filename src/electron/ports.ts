import type {Clock} from '../lib/clock.js'
import type {ManagedRuntime} from './types.js'

/** A lease that is held. */
export interface Lease {
  /** Lets go of it; `onEnd` is not called then. */
  close(): void
}

export interface LeaseEvents {
  /** How many there are now, of all programs. */
  onCount(leases: number): void
  /**
   * It ended without our doing, or was never had.
   * @param lost the server is gone; false when it lives, and knows no leases
   */
  onEnd(reason: string, lost: boolean): void
}

/** What the manager does to the world. Tests give it another one. */
export interface Ports {
  clock: Clock
  /** Does the server answer that it is ready, soon enough? */
  isHealthy(runtime: ManagedRuntime): Promise<boolean>
  lease(runtime: ManagedRuntime, events: LeaseEvents): Lease
  /** Starts or finds the server of a graph. @param how `restart` ends one of our own first */
  start(repo: string, how: 'restart' | 'start', create: boolean): Promise<ManagedRuntime>
  /** Stops a server of our own. @throws ServerError */
  stop(repo: string): Promise<void>
}
