import {messageOf, ServerError} from '../lib/errors.js'
import {Backoff} from './backoff.js'
import {Held} from './held.js'
import type {Ports} from './ports.js'
import type {GraphState, GraphStatus, ManagedRuntime, ManagerEvent, WindowId} from './types.js'
import {Wishes} from './wishes.js'

/** What happens to a graph, without what is the same in every event. */
type Happening<T = ManagerEvent> = T extends ManagerEvent ? Omit<T, 'repo' | 'windows'> : never

export interface GraphEvents {
  /** Nothing is left of it: no window, no server. */
  onIdle(): void
  tell(event: ManagerEvent): void
}

/**
 * One graph: which windows want it, and its server. What is wanted changes at once; one loop, never two, brings the
 * server into line with it. So a start is shared by all who ask meanwhile, and a start that nobody wants any more when it
 * is done is followed by a stop.
 */
export class Graph {
  readonly repo: string
  readonly #backoff = new Backoff()
  #create = false
  readonly #events: GraphEvents
  #held: Held | undefined
  /** Why the last try of a server that was lost came to nothing. */
  #lastFailure: ServerError | undefined
  #loop: Promise<void> | undefined
  /** Was the server that was lost last our own? */
  #lostOwn = false
  readonly #ports: Ports
  #status: GraphStatus = 'starting'
  /** Aborts the wait before the next try: what is wanted has changed. */
  #wake = new AbortController()
  readonly #wishes = new Wishes()

  constructor(repo: string, ports: Ports, events: GraphEvents) {
    this.repo = repo
    this.#ports = ports
    this.#events = events
  }

  /**
   * Wants the server for a window.
   * @param turn the manager's; a later one replaces an earlier one of the same window
   * @throws ServerError of the start; `window-released` when the window let go meanwhile
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

  /** In which turn did a window want this graph last? Undefined when it does not. */
  turnOf(window: WindowId): number | undefined {
    return this.#wishes.turnOf(window)
  }

  /** The window wants it no more. @returns when that has been acted upon; never rejects */
  release(window: WindowId): Promise<void> {
    this.#wishes.release(window)
    return this.#changed()
  }

  /** No window wants it any more. @returns when that has been acted upon; never rejects */
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

  /** Brings the server into line with what is wanted. Never rejects: who waits is told, and the app by events. */
  #settle(): Promise<void> {
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined
      if (this.#step() !== 'rest') return this.#settle() // a wish that came while the loop ended
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
          // It may have said so just before it ended.
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
      this.#wishes.refuse(this.#lastFailure) // windows that had the server wait on
    } finally {
      this.#create = false
    }
  }

  /** Starts or finds the server. One of our own that is alive and silent, for as long as a start waits, is restarted. */
  async #resolve(): Promise<ManagedRuntime> {
    try {
      return await this.#ports.start(this.repo, 'start', this.#create)
    } catch (error) {
      if (!this.#lostOwn || asServerError(error).code !== 'server-unresponsive') throw error
      return this.#ports.start(this.repo, 'restart', false)
    }
  }

  /** Waits before the next try of a server that was lost, then makes it; after a few, gives it up. */
  async #retry(): Promise<void> {
    const next = this.#backoff.next(this.#ports.clock.now())
    const error = this.#lastFailure
    if (!next) {
      this.#status = 'failed'
      const endless = new ServerError('server-start-failed', `The server of ${this.repo} ends again and again`)
      this.#tell({error: error ?? endless, type: 'failed'})
      return
    }

    this.#wake = new AbortController() // before it is told: who hears of it may ask at once
    this.#tell({...next, ...(error && {error}), type: 'retry'})
    await this.#ports.clock.sleep(next.inMs, this.#wake.signal).catch(() => {}) // somebody asks, or lets go
    if (this.#wishes.size > 0) await this.#start()
  }

  /** The server is ready: all who waited are told. */
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

  /** Nobody wants it any more. A server of our own is stopped, any other is left as it is. */
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
