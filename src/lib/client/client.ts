import type {MethodArguments, MethodName, MethodResult} from '../../protocol/methods/types.js'
import type {StartResult, StatusResult, StopResult} from '../lifecycle/results.js'
import {startServer} from '../lifecycle/start.js'
import {serverStatus} from '../lifecycle/status.js'
import {stopServer} from '../lifecycle/stop.js'
import {linkSignals} from '../linked-signal.js'
import {backUpGraph, type BackupResult, graphBackups} from './backup.js'
import {checkGraph, type CheckResult} from './check.js'
import {type EventOptions, followEvents, type GraphEvent} from './events.js'
import {exportGraph, type ExportOptions, type ExportResult} from './export.js'
import {type GraphInfo, graphInfo} from './info.js'
import {MethodClient} from './method-client.js'

/**
 * Client of one graph: calls the methods of its server, follows its events, and operates on the graph. It starts the server if
 * none runs, unless `start` is false. Calls may run concurrently.
 */
export class Client extends MethodClient {
  readonly #closing = new AbortController()

  /**
   * Calls a method with plain JSON. Arguments and result have the types of the method.
   * @param args arguments without the graph
   * @throws ServerError with one of the codes of docs/errors.md
   */
  async call<M extends MethodName>(method: M, ...args: MethodArguments<M>): Promise<MethodResult<M>> {
    return (await this.invokeJson(method, args)) as MethodResult<M>
  }

  /**
   * Iterates over the events of the graph, over breaks of the connection and restarts of the server: `for await (const event of
   * client.events())`. Leave the loop, abort the signal or close the client to end it.
   * @throws ServerError if the first connection fails; the reason of the signal
   */
  async *events({signal}: EventOptions = {}): AsyncGenerator<GraphEvent, void> {
    const closing = this.#closing.signal
    const ending = linkSignals(signal, closing)
    const connect = (isFirst: boolean) => this.connect(isFirst, {signal: ending.signal})
    try {
      yield* followEvents(connect, ending.signal)
    } catch (error) {
      if (!closing.aborted || signal?.aborted) throw error // a closed client ends the loop without an error
    } finally {
      ending.unlink()
    }
  }

  /** Returns the status of the server. Starts none. */
  async status(): Promise<StatusResult> {
    return serverStatus(this.options)
  }

  /** Makes sure that the server runs. */
  async start(): Promise<StartResult> {
    return startServer(this.options)
  }

  /** Stops the server, if this client owns it. */
  async stop(): Promise<StopResult> {
    return stopServer(this.options)
  }

  /** Describes the graph. Starts no server. */
  async info(): Promise<GraphInfo> {
    return graphInfo(this.options)
  }

  /** Checks all stored data of the graph. @param validity also validate each entity as Logseq does */
  async check({validity = false}: {validity?: boolean} = {}): Promise<CheckResult> {
    return checkGraph({...this.options, validity})
  }

  /** Creates a backup. @param keep remove the own backups except this number of the newest */
  async backUp({keep}: {keep?: number} = {}): Promise<BackupResult> {
    return backUpGraph({...this.options, ...(keep !== undefined && {keep})})
  }

  /** Lists the backups. Starts no server. */
  async backups(): Promise<BackupResult> {
    return graphBackups(this.options)
  }

  /** Copies the graph to a file. */
  async export(
    options: Pick<ExportOptions, 'file' | 'overwrite'> & Partial<Pick<ExportOptions, 'format'>>,
  ): Promise<ExportResult> {
    return exportGraph({format: 'sqlite', ...this.options, ...options})
  }

  /** Closes the connections and ends the loops over events. The server keeps running. */
  override close(): void {
    this.#closing.abort()
    super.close()
  }
}
