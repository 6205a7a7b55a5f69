import {messageOf, ServerError} from '../lib/errors.js'
import {Backoff} from './backoff.js'
import {Held} from './held.js'
import type {Ports} from './ports.js'
import type {GraphState, GraphStatus, ManagedRuntime, ManagerEvent, WindowId} from './types.js'
import {Wishes} from './wishes.js'

/** Event of a graph, without the fields that every event has. */
type Happening<T = ManagerEvent> = T extends ManagerEvent ? Omit<T, 'repo' | 'windows'> : never

export interface GraphEvents {
  /** Called when the graph has no window and no server. */
  onIdle(): void
  tell(event: ManagerEvent): void
}

/**
 * Keeps the server of one graph in line with the windows that want it. One loop at a time does this, so that concurrent
 * calls share a start. If the last window is released during a start, the server is stopped after it.
 */
export class Graph {
  readonly repo: string
  readonly #backoff = new Backoff()
  #create = false
  readonly #events: GraphEvents
  #held: Held | undefined
  /** Error of the last failed attempt to restore the server. */
  #lastFailure: ServerError | undefined
  #loop: Promise<void> | undefined
  /** True if the last lost server was owned by this app. */
  #lostOwn = false
  readonly #ports: Ports
  #status: GraphStatus = 'starting'
  /** Aborts the delay before the next attempt when a window is added or released. */
  #wake = new AbortController()
  readonly #wishes = new Wishes()

  constructor(repo: string, ports: Ports, events: GraphEvents) {
    this.repo = repo
    this.#ports = ports
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

    const answer = this.#wishes.add(window, turn)
    void this.#changed()
    return answer
  }

  /** Returns the turn in which the window requested this graph, or undefined. */
  turnOf(window: WindowId): number | undefined {
    return this.#wishes.turnOf(window)
  }

  /** Releases the graph for one window. @returns a promise that resolves when this has taken effect; never rejects */
  release(window: WindowId): Promise<void> {
    this.#wishes.release(window)
    return this.#changed()
  }

  /** Releases the graph for all windows. @returns a promise that resolves when this has taken effect; never rejects */
  releaseAll(): Promise<void> {
    for (const window of this.#wishes.windows()) this.#wishes.release(window)
    return this.#changed()
  }

  state(): GraphState {
    const {authToken: _, ...runtime} = this.#held?.runtime ?? ({} as Partial<ManagedRuntime>)
    const leases = this.#held?.leases
    return {
      ...runtime,
      repo: this.repo,
      status: this.#status,
      windows: this.#wishes.windows(),
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
      if (this.#wishes.size === 0) this.#events.onIdle()
      return undefined
    })
    return this.#loop
  }

  async #run(): Promise<void> {
    for (let step = this.#step(); step !== 'rest'; step = this.#step()) {
      switch (step) {
        case 'check': {
          const held = this.#held!
          // The server may have reported health just before it exited.
          if ((await held.isHealthy()) && this.#held === held) this.#wishes.answer(held.runtime)
          break
        }

        case 'retry':
          await this.#retry()
          break
        case 'start':
          await this.#start()
          break
        case 'stop':
          await this.#stop(this.#held!)
      }
    }
  }

  #step(): 'check' | 'rest' | 'retry' | 'start' | 'stop' {
    if (this.#wishes.size === 0) return this.#held ? 'stop' : 'rest'
    if (this.#held) return this.#wishes.areWaiting ? 'check' : 'rest'
    if (this.#status === 'failed') return 'rest'
    return this.#status === 'lost' && !this.#wishes.areWaiting ? 'retry' : 'start'
  }

  async #start(): Promise<void> {
    if (this.#status !== 'lost') this.#status = 'starting'
    try {
      this.#hold(await this.#resolve())
    } catch (error) {
      this.#lastFailure = asServerError(error)
      this.#wishes.refuse(this.#lastFailure) // windows that had the server now wait for the next one
    } finally {
      this.#create = false
    }
  }

  /** Starts or finds the server. An own server that is alive but silent for the whole start timeout is restarted. */
  async #resolve(): Promise<ManagedRuntime> {
    try {
      return await this.#ports.start(this.repo, 'start', this.#create)
    } catch (error) {
      if (!this.#lostOwn || asServerError(error).code !== 'server-unresponsive') throw error
      return this.#ports.start(this.repo, 'restart', false)
    }
  }

  /** Waits, then tries to restore a lost server. Gives up after a few attempts. */
  async #retry(): Promise<void> {
    const next = this.#backoff.next(this.#ports.clock.now())
    const error = this.#lastFailure
    if (!next) {
      this.#status = 'failed'
      const endless = new ServerError('server-start-failed', `The server of ${this.repo} ends again and again`)
      this.#tell({error: error ?? endless, type: 'failed'})
      return
    }

    this.#wake = new AbortController() // before the event: a listener may call `state()` at once
    this.#tell({...next, ...(error && {error}), type: 'retry'})
    await this.#ports.clock.sleep(next.inMs, this.#wake.signal).catch(() => {}) // a window was added or released
    if (this.#wishes.size > 0) await this.#start()
  }

  /** Stores the ready server and resolves all waiting calls. */
  #hold(runtime: ManagedRuntime): void {
    this.#lastFailure = undefined
    this.#lostOwn = false
    this.#status = 'ready'
    this.#held = new Held(runtime, this.#ports, (reason) => this.#lost(runtime, reason))
    this.#wishes.answer(runtime)
    if (this.#wishes.size > 0) this.#tell({runtime, type: 'ready'})
  }

  #lost({owned}: ManagedRuntime, reason: string): void {
    this.#held = undefined
    this.#lostOwn = owned
    this.#status = 'lost'
    if (this.#wishes.size > 0) this.#tell({owned, reason, type: 'lost'})
    void this.#settle()
  }

  /** Stops an own server after the last window was released. A server of another owner is left running. */
  async #stop(held: Held): Promise<void> {
    this.#status = 'stopping'
    this.#held = undefined
    held.close()
    if (!held.runtime.owned) {
      this.#tell({how: 'left', type: 'released'})
      return
    }

    try {
      await this.#ports.stop(this.repo)
      this.#tell({how: 'stopped', type: 'released'})
    } catch (error) {
      const failure = asServerError(error)
      const how = failure.code === 'server-owned-by-other' ? 'left' : 'failed'
      if (failure.code === 'server-not-found') this.#tell({how: 'stopped', type: 'released'})
      else this.#tell({error: failure, how, type: 'released'})
    }
  }

  #tell(happening: Happening): void {
    this.#events.tell({...happening, repo: this.repo, windows: this.#wishes.windows()})
  }
}

function asServerError(error: unknown): ServerError {
  return error instanceof ServerError ? error : new ServerError('exception', messageOf(error), {cause: error})
}
