import type {Ports} from './ports.js'
import type {ManagedRuntime} from './types.js'

/** How often a server is asked how it is, in ms. */
const HEALTH_MS = 10_000

/** A server that is in use: its lease is held, and it is asked every ten seconds whether it is well. */
export class Held {
  readonly runtime: ManagedRuntime
  #closed = false
  readonly #closing = new AbortController()
  #leases: number | undefined
  readonly #lose: (reason: string) => void
  readonly #ports: Ports

  /** @param onLost called once, when the server is gone or silent; never after `close` */
  constructor(runtime: ManagedRuntime, ports: Ports, onLost: (reason: string) => void) {
    this.runtime = runtime
    this.#ports = ports
    this.#lose = (reason) => {
      if (this.#closed) return
      this.close()
      onLost(reason)
    }

    const lease = ports.lease(runtime, {
      onCount: (leases) => {
        this.#leases = leases
      },
      onEnd: (reason, lost) => {
        if (lost) this.#lose(reason)
      },
    })
    this.#closing.signal.addEventListener('abort', () => lease.close())
    this.#watchHealth().catch(() => {}) // closed: nobody watches any more
  }

  /** How many programs hold the lease, as far as the server has told. */
  get leases(): number | undefined {
    return this.#leases
  }

  /** Is it well at this moment? If not, it counts as lost. */
  async isHealthy(): Promise<boolean> {
    const healthy = await this.#ports.isHealthy(this.runtime)
    if (!healthy) this.#lose('it does not answer')
    return healthy
  }

  /** Lets go of it. */
  close(): void {
    this.#closed = true
    this.#closing.abort()
  }

  async #watchHealth(): Promise<void> {
    for (;;) {
      await this.#ports.clock.sleep(HEALTH_MS, this.#closing.signal)
      await this.isHealthy()
    }
  }
}
