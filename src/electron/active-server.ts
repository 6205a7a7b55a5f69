import type {Adapters} from './adapters.js'
import type {ManagedRuntime} from './types.js'

/** Interval between health checks, in ms. */
const HEALTH_MS = 10_000

/** Server in use: holds its lease, and checks its health every ten seconds. */
export class ActiveServer {
  readonly runtime: ManagedRuntime
  #closed = false
  readonly #closing = new AbortController()
  #leases: number | undefined
  readonly #lose: (reason: string) => void
  readonly #adapters: Adapters

  /** @param onLost called once, when the server is gone or silent; never after `close` */
  constructor(runtime: ManagedRuntime, adapters: Adapters, onLost: (reason: string) => void) {
    this.runtime = runtime
    this.#adapters = adapters
    this.#lose = (reason) => {
      if (this.#closed) return
      this.close()
      onLost(reason)
    }

    const lease = adapters.lease(runtime, {
      onCount: (leases) => {
        this.#leases = leases
      },
      onEnd: (reason, lost) => {
        if (lost) this.#lose(reason)
      },
    })
    this.#closing.signal.addEventListener('abort', () => lease.close())
    this.#watchHealth().catch(() => {}) // closed: health is no longer watched
  }

  /** Number of programs that hold the lease, as the server last reported it. */
  get leases(): number | undefined {
    return this.#leases
  }

  /** Checks the health now. An unhealthy server counts as lost. */
  async isHealthy(): Promise<boolean> {
    const healthy = await this.#adapters.isHealthy(this.runtime)
    if (!healthy) this.#lose('it does not respond')
    return healthy
  }

  /** Releases the lease and stops the health checks. */
  close(): void {
    this.#closed = true
    this.#closing.abort()
  }

  async #watchHealth(): Promise<void> {
    for (;;) {
      await this.#adapters.clock.sleep(HEALTH_MS, this.#closing.signal)
      await this.isHealthy()
    }
  }
}
