import {messageOf, ServerError} from '../lib/errors.js'
import {parseGraphName} from '../lib/graphs/name.js'
import {requireOwnerId} from '../lib/lock/owner.js'
import {requireText} from '../lib/require-argument.js'
import type {Adapters} from './adapters.js'
import {GraphReconciler} from './graph-reconciler.js'
import {hideToken} from './hide-token.js'
import {type AdapterOptions, realAdapters} from './real-adapters.js'
import type {GraphState, ManagedRuntime, ManagerEvent, WindowId} from './types.js'

/** Options of `createDbWorkerManager`. */
export interface ManagerOptions extends AdapterOptions {
  /** Receives events about the servers, for the windows and for the app's log. */
  onEvent?: (event: ManagerEvent) => void
}

/** Manages the servers of an app's windows. Methods can be called at any time; calls for one graph are serialized. */
export interface DbWorkerManager {
  /**
   * Returns the server of a graph for a window, and starts it if none runs. A window has one graph: when the new one is
   * ready, the previous one is released.
   * @throws ServerError
   */
  ensureRuntime(repo: string, windowId: WindowId, options?: {create?: boolean}): Promise<ManagedRuntime>
  /** Releases a graph for all windows. */
  releaseRepo(repo: string): Promise<void>
  /** Releases a graph for one window. Another graph that the window requested since stays. */
  releaseRuntime(repo: string, windowId: WindowId): Promise<void>
  /** Releases the graph of a closed window. */
  releaseWindow(windowId: WindowId): Promise<void>
  /** Returns the current state of each graph, for diagnostics. */
  state(): GraphState[]
  /** Releases all graphs: own servers are stopped, all others are left running. Never rejects. */
  stopAll(): Promise<void>
}

/**
 * Creates the manager for an app's main process. When the last window releases a graph, its server is stopped if the
 * app owns it.
 * @throws ServerError `usage` if a required option is missing, or the owner ID is not valid
 */
export function createDbWorkerManager(options: ManagerOptions): DbWorkerManager {
  for (const name of ['cli', 'dataDir', 'ownerId']) requireText(options, name)
  requireOwnerId(options.ownerId)
  return new Manager(realAdapters(options), options.onEvent)
}

/** Manager with exchangeable adapters. */
export class Manager implements DbWorkerManager {
  readonly #graphs = new Map<string, GraphReconciler>()
  readonly #onEvent: ((event: ManagerEvent) => void) | undefined
  readonly #adapters: Adapters
  #stopping: Promise<void> | undefined
  #turn = 0

  constructor(adapters: Adapters, onEvent?: (event: ManagerEvent) => void) {
    this.#adapters = adapters
    this.#onEvent = onEvent
  }

  async ensureRuntime(repo: string, windowId: WindowId, {create = false} = {}): Promise<ManagedRuntime> {
    const key = parseGraphName(repo).repo
    if (this.#stopping) throw new ServerError('manager-stopping', 'The app is stopping its servers')
    const turn = ++this.#turn
    const runtime = await this.#graph(key).ensure(windowId, turn, create)
    // Release what the window had before, but not what it requested since.
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

  #graph(key: string): GraphReconciler {
    const known = this.#graphs.get(key)
    if (known) return known
    const graph: GraphReconciler = new GraphReconciler(key, this.#adapters, {
      isUsedElsewhere: (runtime) => [...this.#graphs.values()].some((other) => other !== graph && other.uses(runtime)),
      onIdle: () => this.#graphs.delete(key),
      emit: (event) => this.#emit(event),
    })
    this.#graphs.set(key, graph)
    return graph
  }

  /** A failing listener, which may be an async function, must not interrupt the start of a server. */
  #emit(event: ManagerEvent): void {
    const warn = (error: unknown) => process.emitWarning(error instanceof Error ? error : messageOf(error))
    try {
      Promise.resolve<unknown>(this.#onEvent?.(hideToken(event))).catch(warn)
    } catch (error) {
      warn(error)
    }
  }
}
