import {randomUUID} from 'node:crypto'

import {explainDamage, isDamage} from '../engine/damage.js'
import type {FilesStatus} from '../engine/files/database-files.js'
import type {Store} from '../engine/files/open-store.js'
import {openStore} from '../engine/files/open.js'
import {collectGarbage, isWorthShrinking} from '../engine/storage/garbage.js'
import type {KvsStore} from '../engine/storage/kvs-store.js'
import {RequestLog} from '../engine/storage/requests.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import type {Clock} from '../lib/clock.js'
import {ServerError} from '../lib/errors.js'
import type {BackupFile} from '../lib/files/backups.js'
import {removeIfThere} from '../lib/files/remove.js'
import type {Graph} from '../lib/graphs/locate.js'
import {incomingPath} from '../lib/graphs/replacement.js'
import {checkBackup, makeBackup, reviewBackups} from '../logseq/backups.js'
import type {Connection, ConnectionHooks} from '../logseq/connection.js'
import {copyGraph} from '../logseq/copy-graph.js'
import {openGraph} from '../logseq/open-graph.js'
import {SearchIndex} from '../logseq/search/search-index.js'
import {ChangeFeed} from './change-feed.js'
import {checkStore} from './check-store.js'
import {checkAnyFile} from './file-check.js'
import type {EventStreams} from './http/events.js'
import {IndexTasks} from './index-tasks.js'
import type {Call} from './methods/call.js'
import type {MethodContext, Written} from './methods/method.js'
import {requireRepo, requireWritable} from './methods/requirements.js'
import {notificationOf} from './notification.js'
import {type RunOptions, Scheduler} from './scheduler/scheduler.js'
import {Soundness, type SoundnessHooks} from './soundness.js'

/**
 * Number of datoms of stored nodes that are kept in memory: some 50 MiB, and the whole of most graphs. With fewer,
 * repeated reads make more garbage than is saved.
 */
const CACHE_DATOMS = 400_000

/** Maximum time for checking backups, or making the search index, beside everything else, in ms. */
const MAX_BACKGROUND_MS = 3_600_000

/** Options with which a graph is opened. */
export interface ServedGraphOptions {
  /** Names the present run of the operating system; empty where that is not known. */
  boot: string
  clock: Clock
  /** Make the graph when it is not there. */
  create: boolean
  /** The last server did: the structure is checked at once. */
  endedUncleanly: boolean
  events: EventStreams
  graph: Graph
  /** Called once, when damage is found. */
  logDamage(reason: string): void
  logError(error: unknown): void
  /** Throws unless the graph is still this server's. */
  assertOwnership(): void
  revision: string
  signal: AbortSignal
  /** Called when the database is closed for good: takes the graph out of the list. @returns where its directory is now */
  unlink(): string
}

/** The open graph of a server: its database, its search index, and the tasks that use them. */
export class ServedGraph {
  readonly #options: ServedGraphOptions
  readonly #scheduler = new Scheduler()
  readonly #store: Store
  readonly #kvs: KvsStore
  readonly #connection: Connection
  readonly #soundness: Soundness
  readonly #search: IndexTasks
  readonly #changes: ChangeFeed
  readonly #context: MethodContext
  /** Databases that arrive, or have arrived, to take the place of the graph. */
  readonly #received = new Set<string>()
  #closed: undefined | {doubt: string | undefined}

  /** The graph was made by this opening. */
  readonly created: boolean

  private constructor(store: Store, options: ServedGraphOptions) {
    const {create, endedUncleanly, events, graph, logError} = options
    this.#options = options
    this.#store = store
    const newGraph = create ? {now: Date.now(), uuid: randomUUID()} : undefined
    const {connection, created, kvs} = openGraph(
      store.db,
      {beforeWriting: () => store.startWriting(), newGraph, cacheDatoms: CACHE_DATOMS, path: store.path},
      this.#connectionHooks(),
    )
    this.#connection = connection
    this.#kvs = kvs
    this.created = created
    store.startWriting()
    if (created) store.checkpoint() // what copies the file alone gets a graph
    this.#soundness = new Soundness(this.#scheduler, this.#soundnessHooks(), created)
    if (endedUncleanly || store.hadLog || store.lostLog !== undefined) this.#soundness.verify()
    const hold = () => connection.snapshot()
    this.#search = new IndexTasks(new SearchIndex(graph.dir, logError), {
      hold,
      inBackground: (start) => this.#inBackground(start),
    })
    this.#changes = new ChangeFeed(graph.repo, this.#scheduler, events, hold)
    this.#context = this.#methodContext()
  }

  /**
   * Opens a graph for this process alone.
   * @throws ServerError `graph-not-exists`, `graph-invalid`, `graph-damaged`, `graph-in-use`, `disk-full`
   */
  static async open(options: ServedGraphOptions): Promise<ServedGraph> {
    const {boot, clock, create, graph, signal} = options
    const store = await openStore(graph.dir, {boot, clock, create, signal})
    try {
      return new ServedGraph(store, options)
    } catch (error) {
      const explained = explainDamage(error)
      const failure = isDamage(explained) || isInvalid(explained) ? store.files.diskFailure() : undefined
      store.close()
      throw failure ?? explained
    }
  }

  /** Reason why the last writes of the last server are lost; undefined if they are not. */
  get lostLog(): string | undefined {
    return this.#store.lostLog
  }

  /** Reason why the graph counts as damaged; undefined until damage is found. */
  get damage(): string | undefined {
    return this.#soundness.damage
  }

  /** Compares the files of the database with how this process left them. */
  filesStatus(): FilesStatus {
    const status = this.#store.files.status()
    if (status.is === 'ours' && status.isSampled) this.#soundness.doubt()
    return status
  }

  /** Runs a method. @returns the body of the answer, in pieces */
  async invoke(call: Call, signal: AbortSignal): Promise<readonly Buffer[]> {
    const {invokeMethod, waitsForWrites} = await loadMethods()
    if (waitsForWrites(call.method)) this.#soundness.verify()
    try {
      return await invokeMethod(this.#scheduler, this.#context, call, signal)
    } catch (error) {
      const {events} = this.#options
      const notification = events.size > 0 ? notificationOf(error) : undefined
      if (notification) void events.send(notification)
      throw this.#closed && !(error instanceof ServerError) ? stopping() : this.#soundness.observe(error)
    }
  }

  /** Runs a task in its turn. */
  run<T>(start: (execution: ExecutionContext) => CooperativeTask<T>, options: RunOptions): Promise<T> {
    return this.#scheduler.run(start, options)
  }

  /** Shortens the next turn, as a client has connected. */
  shortenTurn(): void {
    this.#scheduler.shortenTurn()
  }

  /**
   * Chooses the path to which a database is written that is to take the place of the graph.
   * @param repo the graph as the client names it
   * @throws ServerError `missing-repo`, `repo-mismatch`, `repo-locked`, `graph-read-only`
   */
  receive(repo: string | undefined): string {
    const {assertOwnership, graph} = this.#options
    requireRepo(graph, repo)
    assertOwnership()
    requireWritable({graph, open: this.#connection})
    const path = incomingPath(graph.dir)
    this.#received.add(path)
    return path
  }

  /** Removes what was written to such a path, unless it took the place of the graph. `close` does so, too. */
  discard(path: string): void {
    this.#received.delete(path)
    removeIfThere(path)
  }

  /** Cancels the running tasks; their clients get an error that the server stops. */
  cancel(): void {
    this.#scheduler.cancelAll(stopping())
  }

  /**
   * Writes the log back, and closes the database.
   * @returns why the next server has to check the structure at once; undefined when it need not
   */
  close(): string | undefined {
    if (this.#closed) return this.#closed.doubt
    this.#search.index.close(this.#connection.db)
    const changed = this.#store.close(this.damage !== undefined)
    this.#closed = {doubt: this.damage ?? changed}
    // The process ends before a request that still arrives could do so.
    for (const path of this.#received) this.discard(path)
    return this.#closed.doubt
  }

  #connectionHooks(): ConnectionHooks {
    return {
      backUp: () => this.#backUpAutomatically(),
      damage: () => this.damage,
      markSearchStale: () => this.#search.index.beforeWrite(this.#connection.db),
      assertOwnership: () => {
        this.#options.assertOwnership()
        this.#soundness.requireSound()
      },
    }
  }

  #soundnessHooks(): SoundnessHooks {
    const {logDamage, logError} = this.#options
    return {
      check: (execution) => checkStore(this.#store, this.#kvs, {execution, logError, soundness: this.#soundness}),
      damaged: logDamage,
      failed: logError,
    }
  }

  #methodContext(): MethodContext {
    const {assertOwnership, events, graph, revision} = this.#options
    const store = this.#store
    return {
      check: (execution) => this.#soundness.check(execution),
      collectGarbage: (execution) => this.#collectGarbage(execution),
      copies: {
        backUp: (execution) => this.#backUp(execution),
        copyTo: (path) => copyGraph(store.db, path),
      },
      graph,
      isHeard: () => events.size > 0,
      onWritten: (written) => this.#onWritten(written),
      open: this.#connection,
      requests: new RequestLog(store.db, () => Date.now()),
      search: this.#search,
      assertOwnership,
      revision,
      checkpoint: () => store.checkpoint(),
      sqliteVersion: store.sqliteVersion,
      unlink: () => this.#unlink(),
    }
  }

  *#collectGarbage(execution: ExecutionContext): CooperativeTask<void> {
    const {db} = this.#store
    yield* collectGarbage(db, this.#kvs, execution)
    if (isWorthShrinking(db)) db.exec('VACUUM')
    this.#store.checkpoint()
  }

  *#backUp(execution: ExecutionContext): CooperativeTask<BackupFile> {
    const made = yield* makeBackup(this.#store.db, this.#options.graph.dir, 'own', Date.now())
    return yield* checkBackup(made, execution, checkAnyFile)
  }

  /**
   * Makes a backup, and checks it beside whatever else is done: the write that waits for the copy does not wait for the
   * check. What a server that ends leaves unchecked is checked by the next one.
   */
  *#backUpAutomatically(): CooperativeTask<void> {
    const {dir} = this.#options.graph
    yield* makeBackup(this.#store.db, dir, 'automatic', Date.now())
    void this.#inBackground((execution) => reviewBackups(dir, execution, checkAnyFile))
  }

  #onWritten(written: Written): void {
    this.#search.onWritten(written.txData)
    this.#changes.publish(written, (error) => this.#options.logError(this.#soundness.observe(error)))
  }

  *#unlink(): CooperativeTask<string> {
    while (this.#kvs.isRead) yield // what others read comes from the file
    this.close()
    return this.#options.unlink()
  }

  /** Runs a task in the background. Never rejects. */
  async #inBackground(start: (execution: ExecutionContext) => CooperativeTask<void>): Promise<void> {
    const {logError, signal} = this.#options
    try {
      await this.#scheduler.run(start, {signal, timeoutMs: MAX_BACKGROUND_MS})
    } catch (error) {
      if (!signal.aborted && !(error instanceof ServerError && error.code === 'server-stopping')) logError(error)
    }
  }
}

let methods: Promise<typeof import('./methods/invoke.js')> | undefined

/** Loads the methods, with all that they need, at the first call: half of the program, which no start waits for. */
function loadMethods(): Promise<typeof import('./methods/invoke.js')> {
  methods ??= import('./methods/invoke.js')
  return methods
}

function stopping(): ServerError {
  return new ServerError('server-stopping', 'the server is stopping')
}

function isInvalid(error: unknown): boolean {
  return error instanceof ServerError && error.code === 'graph-invalid'
}
