import {systemClock} from '../clock.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findGraph, findOrMakeGraph, type Graph} from '../graphs/locate.js'
import {isOtherBuild, otherBuildWarning} from '../lifecycle/other-build.js'
import {startServer} from '../lifecycle/start.js'
import {waitUntilReady} from '../lifecycle/wait-ready.js'
import {authority, ownerOf} from '../lock/owner.js'
import {requireText} from '../require-argument.js'
import {CallLimit} from './call-limit.js'
import type {ClientOptions, InvokeOptions} from './options.js'
import {type Proven, ProvenConnections} from './proven.js'
import {unreachable} from './unreachable.js'

/** Maximum number of times that a connection is opened to a server that was ready. */
const MAX_OPENINGS = 5

/** Maximum number of connections that are opened at once: more proofs at a time would make each of them late. */
const MAX_CONCURRENT_OPENINGS = 4

/** Access to the server of one graph: connections to the running one, and a start if none runs. */
export class ServerAccess {
  readonly connections: ProvenConnections
  readonly graph: Graph
  readonly #openings = new CallLimit(MAX_CONCURRENT_OPENINGS)
  readonly #options: ClientOptions
  /** Warnings about the graph and its server that were passed on. */
  readonly #warnings = new Set<string>()

  /** @throws ServerError `usage`, `invalid-graph-name`, `graph-not-exists`, `data-dir-permission` */
  constructor(options: ClientOptions) {
    requireText(options, 'repo')
    const dataDir = options.dataDir ?? DEFAULT_DATA_DIR
    this.graph = options.create
      ? findOrMakeGraph(options.repo, dataDir, options.force)
      : findGraph(options.repo, dataDir)
    this.connections = new ProvenConnections(this.graph, options.force ?? false)
    this.#options = options
  }

  /**
   * Opens a connection to the server, and starts it first if none runs, unless `start` is false.
   * @throws ServerError as a start; `server-unresponsive` if a server that is ready accepts no connection
   */
  async open(options: InvokeOptions): Promise<Proven> {
    this.#warnOnce(this.graph.warnings, options)
    const since = systemClock.now()
    const open = async () => this.#openings.run(async () => this.connections.open(), options.signal)
    const found = await open()
    if (found) {
      this.#warnOfBuild(found, options)
      return found
    }

    // On a machine under load, a server that was ready a moment ago may take longer than a probe waits.
    for (let tries = 1; tries <= MAX_OPENINGS; tries++) {
      await this.ensure(options, systemClock.now() - since)
      const proven = await open()
      if (proven) return proven
    }

    throw unreachable(this.graph)
  }

  /** Warns only those who may replace the server. */
  #warnOfBuild({record}: Proven, options: InvokeOptions): void {
    const {revision} = record
    if (!isOtherBuild(revision)) return
    if (authority(this.#options.requester ?? {source: 'cli'}, ownerOf(record)).canStop)
      this.#warnOnce([otherBuildWarning([{graph: this.graph.name, revision}])], options)
  }

  /**
   * Makes sure that a server is ready.
   * @param spentMs time that looking for a server has taken: a frozen one takes all that a probe waits
   */
  async ensure(options: InvokeOptions, spentMs = 0): Promise<void> {
    const {signal} = options
    const all = {...this.#options, spentMs, ...(signal && {signal})}
    if (this.#options.start === false) {
      await waitUntilReady(all)
      return
    }

    const {warnings} = await startServer(all)
    this.#warnOnce(warnings, options)
  }

  /** Passes on warnings about the graph and its server, each text once. */
  #warnOnce(warnings: readonly string[], options: InvokeOptions): void {
    const fresh = warnings.filter((warning) => !this.#warnings.has(warning))
    for (const warning of fresh) this.#warnings.add(warning)
    this.warn({warnings: fresh}, options)
  }

  /** Passes on the warnings of a response. */
  warn({warnings}: Record<string, unknown>, {onWarning = this.#options.report?.warn}: InvokeOptions): void {
    if (onWarning && Array.isArray(warnings)) for (const warning of warnings) onWarning(String(warning))
  }
}
