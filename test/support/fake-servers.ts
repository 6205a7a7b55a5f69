import type {Adapters, LeaseEvents} from '../../src/electron/adapters.js'
import type {ManagedRuntime} from '../../src/electron/types.js'
import {type ErrorCode, ServerError} from '../../src/lib/errors.js'
import {ManualClock} from './manual-clock.js'

/** A server of a fake world. */
export interface FakeServer {
  healthy: boolean
  leases: Set<LeaseEvents>
  runtime: ManagedRuntime
}

/** The world as a manager sees it: servers are entries of a map, and the CLI a function that keeps the owner's rule. */
export class FakeServers implements Adapters {
  readonly clock = new ManualClock()
  /** What the CLI and the lease were asked for, in order. */
  readonly calls: string[] = []
  /** What the next starts of a graph fail with. */
  readonly failures = new Map<string, ErrorCode[]>()
  /** Stands between a call and its doing. */
  gate: (what: string) => Promise<void> = async () => {}
  readonly running = new Map<string, FakeServer>()
  /** Processes that were started and not stopped, by pid. */
  readonly alive = new Map<number, string>()
  #pid = 100

  isHealthy = async ({repo, pid}: ManagedRuntime): Promise<boolean> => {
    await this.gate(`health ${repo}`)
    const server = this.running.get(repo)
    return server?.runtime.pid === pid && server.healthy
  }

  lease(runtime: ManagedRuntime, events: LeaseEvents) {
    const server = this.running.get(runtime.repo)
    this.calls.push(`lease ${runtime.repo}`)
    if (server?.runtime.pid === runtime.pid) {
      server.leases.add(events)
      for (const {onCount} of server.leases) onCount(server.leases.size)
    } else {
      queueMicrotask(() => events.onEnd('it is gone', true))
    }

    return {
      close: () => {
        this.calls.push(`unlease ${runtime.repo}`)
        server?.leases.delete(events)
      },
    }
  }

  async start(repo: string, how: 'restart' | 'start', create: boolean): Promise<ManagedRuntime> {
    this.calls.push(`${how} ${repo}${create ? ' --create' : ''}`)
    await this.gate(`${how} ${repo}`)
    const failure = this.failures.get(repo)?.shift()
    if (failure) throw new ServerError(failure, `no ${repo}`)
    const server = this.running.get(repo)
    if (how === 'start' && server && !server.healthy) throw new ServerError('server-unresponsive', `${repo} is silent`)
    if (how === 'restart') this.crash(repo)
    return (this.running.get(repo) ?? this.run(repo, 'electron')).runtime
  }

  async stop(repo: string): Promise<void> {
    this.calls.push(`stop ${repo}`)
    await this.gate(`stop ${repo}`)
    const server = this.running.get(repo)
    if (!server) throw new ServerError('server-not-found', `${repo} does not run`)
    if (!server.runtime.owned) throw new ServerError('server-owned-by-other', `${repo} is not yours`)
    this.crash(repo, 'it stopped: asked by electron')
  }

  /** A server that somebody has started. */
  run(repo: string, owner: 'cli' | 'electron', owned = owner === 'electron'): FakeServer {
    const pid = ++this.#pid
    const server: FakeServer = {
      healthy: true,
      leases: new Set(),
      runtime: {
        repo,
        authToken: `token-${pid}`,
        baseUrl: `http://127.0.0.1:${pid}`,
        lifetime: owner === 'electron' ? 'leased' : 'persistent',
        log: '/log',
        owned,
        ownerSource: owner,
        pid,
      },
    }
    this.alive.set(pid, repo)
    this.running.set(repo, server)
    return server
  }

  /** A server ends, whyever. */
  crash(repo: string, reason = 'it ended without a reason'): void {
    const server = this.running.get(repo)
    if (!server) return
    this.running.delete(repo)
    this.alive.delete(server.runtime.pid)
    for (const {onEnd} of server.leases) onEnd(reason, true)
  }

  /** The calls of one kind. */
  count(what: string): number {
    return this.calls.filter((call) => call.startsWith(what)).length
  }
}
