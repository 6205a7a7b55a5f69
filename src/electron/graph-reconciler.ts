import {messageOf, ServerError} from '../lib/errors.js'
import {ActiveServer} from './active-server.js'
import type {Adapters} from './adapters.js'
import {Backoff} from './backoff.js'
import {GraphDemand} from './graph-demand.js'
import type {GraphState, GraphStatus, ManagedRuntime, ManagerEvent, WindowId} from './types.js'

/** Event of a graph, without the fields that every event has. */
type GraphEvent<T = ManagerEvent> = T extends ManagerEvent ? Omit<T, 'repo' | 'windows'> : never

export interface GraphListener {
  /** Returns true if another graph of the app uses the server: one directory may have two names, by a link. */
  isUsedElsewhere(runtime: ManagedRuntime): boolean
  /** Called when the graph has no window and no server. */
  onIdle(): void
  emit(event: ManagerEvent): void
}

/**
 * Keeps the server of one graph in line with the windows that want it. One loop at a time does this, so that concurrent
 * calls share a start. If the last window is released during a start, the server is stopped after it.
 */
export class GraphReconciler {
  readonly repo: string
  readonly #backoff = new Backoff()
  #create = false
  readonly #events: GraphListener
  #active: ActiveServer | undefined
  /** Error of the last failed attempt to restore the server. */
  #lastFailure: ServerError | undefined
  #loop: Promise<void> | undefined
  /** True if the last lost server was owned by this app. */
  #lostOwn = false
  readonly #adapters: Adapters
  #status: GraphStatus = 'starting'
  /** Aborts the delay before the next attempt when a window is added or released. */
  #wake = new AbortController()
  readonly #demand = new GraphDemand()

  constructor(repo: string, adapters: Adapters, events: GraphListener) {
    this.repo = repo
    this.#adapters = adapters
    this.#events = events
  }

  /**
   * Requests the server for a window.
   * @param turn number of the manager's call; a later turn replaces an earlier one of the same window
   * @throws ServerError of the start; `window-released` if the window was released first
   */
  ensure(window: WindowId, turn: number, create: boolean): Promise<ManagedRuntime> {
    this.#create ||= create
    if (this.#status === 'failed') {
      this.#status = 'lost'
      this.#backoff.reset()
    }

    const answer = this.#demand.add(window, turn)
    void this.#changed()
    return answer
  }

  /** Returns the turn in which the window requested this graph, or undefined. */
  turnOf(window: WindowId): number | undefined {
    return this.#demand.turnOf(window)
  }

  /** Releases the graph for one window. @returns a promise that resolves when this has taken effect; never rejects */
  release(window: WindowId): Promise<void> {
    this.#demand.release(window)
    return this.#changed()
  }

  /** Releases the graph for all windows. @returns a promise that resolves when this has taken effect; never rejects */
  releaseAll(): Promise<void> {
    for (const window of this.#demand.windows()) this.#demand.release(window)
    return this.#changed()
  }

  /** Returns true if this graph's windows use the server. */
  uses({lockId, pid}: ManagedRuntime): boolean {
    const mine = this.#active?.runtime
    return mine?.pid === pid && mine.lockId === lockId
  }

  state(): GraphState {
    const {authToken: _, ...runtime} = this.#active?.runtime ?? ({} as Partial<ManagedRuntime>)
    const leases = this.#active?.leases
    return {
      ...runtime,
      repo: this.repo,
      status: this.#status,
      windows: this.#demand.windows(),
      ...(leases !== undefined && {leases}),
    }
  }

  #changed(): Promise<void> {
    this.#wake.abort()
    return this.#settle()
  }

  /** Brings the server in line with the windows. Never rejects: errors go to the waiting callers and into events. */
  #settle(): Promise<void> {
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined
      if (this.#step() !== 'rest') return this.#settle() // a window was added while the loop ended
      if (this.#demand.size === 0) this.#events.onIdle()
      return undefined
    })
    return this.#loop
  }

  async #run(): Promise<void> {
    for (let step = this.#step(); step !== 'rest'; step = this.#step()) {
      switch (step) {
        case 'check': {
          const active = this.#active
          // The server may have reported health just before it exited.
          if (active && (await active.isHealthy()) && this.#active === active) this.#demand.answer(active.runtime)
          break
        }

        case 'retry':
          await this.#retry()
          break
        case 'start':
          await this.#start()
          break
        case 'stop':
          if (this.#active) await this.#stop(this.#active)
      }
    }
  }

  #step(): 'check' | 'rest' | 'retry' | 'start' | 'stop' {
    if (this.#demand.size === 0) return this.#active ? 'stop' : 'rest'
    if (this.#active) return this.#demand.areWaiting ? 'check' : 'rest'
    if (this.#status === 'failed') return 'rest'
    return this.#status === 'lost' && !this.#demand.areWaiting ? 'retry' : 'start'
  }

  async #start(): Promise<void> {
    if (this.#status !== 'lost') this.#status = 'starting'
    const create = this.#create
    this.#create = false
    try {
      this.#hold(await this.#resolve(create))
    } catch (error) {
      this.#lastFailure = asServerError(error)
      // A window that asked meanwhile may create the graph: the loop starts it again.
      if (this.#create && this.#lastFailure.code === 'graph-not-exists') return
      this.#create = false
      this.#demand.refuse(this.#lastFailure) // windows that had the server now wait for the next one
    }
  }

  /** Starts or finds the server. An own server that is alive but silent for the whole start timeout is restarted. */
  async #resolve(create: boolean): Promise<ManagedRuntime> {
    try {
      return await this.#adapters.start(this.repo, 'start', create)
    } catch (error) {
      if (!this.#lostOwn || asServerError(error).code !== 'server-unresponsive') throw error
      return this.#adapters.start(this.repo, 'restart', false)
    }
  }

  /** Waits, then tries to restore a lost server. Gives up after a few attempts. */
  async #retry(): Promise<void> {
    const next = this.#backoff.next(this.#adapters.clock.now())
    const error = this.#lastFailure
    if (!next) {
      this.#status = 'failed'
      const endless = new ServerError('server-start-failed', `The server of ${this.repo} keeps exiting`)
      this.#emit({error: error ?? endless, type: 'failed'})
      return
    }

    this.#wake = new AbortController() // before the event: a listener may call `state()` at once
    this.#emit({...next, ...(error && {error}), type: 'retry'})
    await this.#adapters.clock.sleep(next.inMs, this.#wake.signal).catch(() => {}) // a window was added or released
    if (this.#demand.size > 0) await this.#start()
  }

  /** Stores the ready server and resolves all waiting calls. */
  #hold(runtime: ManagedRuntime): void {
    this.#create = false // it exists
    this.#lastFailure = undefined
    this.#lostOwn = false
    this.#status = 'ready'
    this.#active = new ActiveServer(runtime, this.#adapters, (reason) => this.#lost(runtime, reason))
    this.#demand.answer(runtime)
    if (this.#demand.size > 0) this.#emit({runtime, type: 'ready'})
  }

  #lost({owned}: ManagedRuntime, reason: string): void {
    this.#active = undefined
    this.#lostOwn = owned
    this.#status = 'lost'
    if (this.#demand.size > 0) this.#emit({owned, reason, type: 'lost'})
    void this.#settle()
  }

  /** Stops an own server after the last window was released. One of another owner, or still in use, is left running. */
  async #stop(active: ActiveServer): Promise<void> {
    this.#status = 'stopping'
    this.#active = undefined
    active.close()
    if (!active.runtime.owned || this.#events.isUsedElsewhere(active.runtime)) {
      this.#emit({how: 'left', type: 'released'})
      return
    }

    try {
      await this.#adapters.stop(this.repo)
      this.#emit({how: 'stopped', type: 'released'})
    } catch (error) {
      const failure = asServerError(error)
      const how = failure.code === 'server-owned-by-other' ? 'left' : 'failed'
      if (failure.code === 'server-not-found') this.#emit({how: 'stopped', type: 'released'})
      else this.#emit({error: failure, how, type: 'released'})
    }
  }

  #emit(event: GraphEvent): void {
    this.#events.emit({...event, repo: this.repo, windows: this.#demand.windows()})
  }
}

function asServerError(error: unknown): ServerError {
  return error instanceof ServerError ? error : new ServerError('exception', messageOf(error), {cause: error})
}
