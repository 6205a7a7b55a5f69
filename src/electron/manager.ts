import {ServerError} from '../lib/errors.js'
import {parseGraphName} from '../lib/graphs/name.js'
import {requireOwnerId} from '../lib/lock/owner.js'
import {Graph} from './graph.js'
import type {Ports} from './ports.js'
import {type PortOptions, realPorts} from './real-ports.js'
import type {GraphState, ManagedRuntime, ManagerEvent, WindowId} from './types.js'

/** What a manager is made of. */
export interface ManagerOptions extends PortOptions {
  /** Told what becomes of the servers: for the windows, and for the app's log. */
  onEvent?: (event: ManagerEvent) => void
}

/** The servers of an app's windows. Every method can be called at any time; calls for one graph take turns. */
export interface DbWorkerManager {
  /**
   * Gets the server of a graph for a window, starting it when none runs. A window has one graph: once the new one is
   * ready, it lets go of the one before.
   * @throws ServerError
   */
  ensureRuntime(repo: string, windowId: WindowId, options?: {create?: boolean}): Promise<ManagedRuntime>
  /** Takes a graph from all windows. */
  releaseRepo(repo: string): Promise<void>
  /** Takes one graph from one window; any other that the window has meanwhile stays. */
  releaseRuntime(repo: string, windowId: WindowId): Promise<void>
  /** The window is closed. */
  releaseWindow(windowId: WindowId): Promise<void>
  /** What there is, for a person to look at. */
  state(): GraphState[]
  /** Lets go of everything: servers of this app are stopped, all others are left as they are. Never rejects. */
  stopAll(): Promise<void>
}

/**
 * Makes the manager of an app's main process. The last window that lets go of a graph stops its server, if the app owns it.
 * @throws ServerError `usage` for an owner id that is none
 */
export function createDbWorkerManager(options: ManagerOptions): DbWorkerManager {
  requireOwnerId(options.ownerId)
  return new Manager(realPorts(options), options.onEvent)
}

/** The manager on any ports. */
export class Manager implements DbWorkerManager {
  readonly #graphs = new Map<string, Graph>()
  readonly #onEvent: ((event: ManagerEvent) => void) | undefined
  readonly #ports: Ports
  #stopping: Promise<void> | undefined
  #turn = 0

  constructor(ports: Ports, onEvent?: (event: ManagerEvent) => void) {
    this.#ports = ports
    this.#onEvent = onEvent
  }

  async ensureRuntime(repo: string, windowId: WindowId, {create = false} = {}): Promise<ManagedRuntime> {
    const key = parseGraphName(repo).repo
    if (this.#stopping) throw new ServerError('manager-stopping', 'The app is stopping its servers')
    const turn = ++this.#turn
    const runtime = await this.#graph(key).ensure(windowId, turn, create)
    // What the window had before; not what it has asked for since.
    for (const graph of this.#graphs.values())
      if (graph.repo !== key && (graph.turnOf(windowId) ?? turn) < turn) void graph.release(windowId)
    return runtime
  }

  async releaseRepo(repo: string): Promise<void> {
    await this.#graphs.get(parseGraphName(repo).repo)?.releaseAll()
  }

  async releaseRuntime(repo: string, windowId: WindowId): Promise<void> {
    const graph = this.#graphs.get(parseGraphName(repo).repo)
    if (graph?.turnOf(windowId) !== undefined) await graph.release(windowId)
  }

  async releaseWindow(windowId: WindowId): Promise<void> {
    const graphs = [...this.#graphs.values()].filter((graph) => graph.turnOf(windowId) !== undefined)
    await Promise.all(graphs.map((graph) => graph.release(windowId)))
  }

  state(): GraphState[] {
    return [...this.#graphs.values()].map((graph) => graph.state())
  }

  async stopAll(): Promise<void> {
    this.#stopping ??= Promise.allSettled([...this.#graphs.values()].map((graph) => graph.releaseAll())).then(() => {
      this.#stopping = undefined
    })
    return this.#stopping
  }

  #graph(key: string): Graph {
    const known = this.#graphs.get(key)
    if (known) return known
    const graph: Graph = new Graph(key, this.#ports, {
      onIdle: () => this.#graphs.delete(key),
      tell: (event) => this.#tell(event),
    })
    this.#graphs.set(key, graph)
    return graph
  }

  /** A listener that fails must not leave a server half started. */
  #tell(event: ManagerEvent): void {
    try {
      this.#onEvent?.(event)
    } catch (error) {
      process.emitWarning(error as Error)
    }
  }
}
