import {randomUUID} from 'node:crypto'
import {rmSync} from 'node:fs'

import {explainDamage, isDamage} from '../engine/damage.js'
import type {FilesStatus} from '../engine/files/database-files.js'
import {openStore} from '../engine/files/open.js'
import {collectGarbage, isWorthShrinking} from '../engine/storage/garbage.js'
import {RequestLog} from '../engine/storage/requests.js'
import {awaited, type CooperativeTask, type ExecutionContext} from '../engine/task.js'
import type {Clock} from '../lib/clock.js'
import {ServerError} from '../lib/errors.js'
import type {Graph} from '../lib/graphs/locate.js'
import {incomingPath} from '../lib/graphs/replacement.js'
import {checkBackup, copyGraph, makeBackup, reviewBackups} from '../logseq/backups.js'
import {openGraph} from '../logseq/open-graph.js'
import {SearchIndex} from '../logseq/search/search-index.js'
import {ChangeFeed} from './change-feed.js'
import {checkStore} from './check-store.js'
import {checkAnyFile} from './file-check.js'
import type {EventStreams} from './http/events.js'
import type {Call} from './methods/call.js'
import type {MethodContext} from './methods/method.js'
import {requireRepo, requireWritable} from './methods/served-graph.js'
import {notificationOf} from './notification.js'
import {Scheduler} from './scheduler/scheduler.js'
import {Soundness} from './soundness.js'

/**
 * Number of datoms of stored nodes that are kept in memory: some 50 MiB, and the whole of most graphs. With fewer,
 * repeated reads make more garbage than is saved.
 */
const CACHE_DATOMS = 400_000

/** Maximum time for checking backups, or making the search index, beside everything else, in ms. */
const MAX_BACKGROUND_MS = 3_600_000

/** Options with which an engine is opened. */
export interface EngineOptions {
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

/** The graph of a server, open, and all that is being done with it. */
export interface Engine {
  /** Cancels the running tasks; their clients get an error that the server stops. */
  cancel(): void
  /**
   * Writes the log back, and closes the database.
   * @returns why the next server has to check the structure at once; undefined when it need not
   */
  close(): string | undefined
  /** The graph was made by this opening. */
  created: boolean
  /** Reason why the last writes of the last server are lost; undefined if they are not. */
  lostLog: string | undefined
  /** Reason why the graph counts as damaged; undefined until damage is found. */
  readonly damage: string | undefined
  /** Compares the files of the database with how this process left them. */
  filesStatus(): FilesStatus
  /** Runs a method. @returns the body of the answer, in pieces */
  invoke(call: Call, signal: AbortSignal): Promise<readonly Buffer[]>
  /**
   * Chooses the path to which a database is written that is to take the place of the graph.
   * @param repo the graph as the client names it
   * @throws ServerError `missing-repo`, `repo-mismatch`, `repo-locked`, `graph-read-only`
   */
  receive(repo: string | undefined): string
  /** Removes what was written to such a path, unless it took the place of the graph. `close` does so, too. */
  discard(path: string): void
  /** Runs a task in its turn. */
  run: Scheduler['run']
  /** Shortens the next turn, as a client has connected. */
  shortenTurn(): void
}

/**
 * Opens a graph for this process alone.
 * @throws ServerError `graph-not-exists`, `graph-invalid`, `graph-damaged`, `graph-in-use`, `disk-full`
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const {boot, clock, create, endedUncleanly, events, graph, assertOwnership, revision, signal} = options
  const store = await openStore(graph.dir, {boot, clock, create, signal})
  const scheduler = new Scheduler()
  try {
    const newGraph = create ? {now: Date.now(), uuid: randomUUID()} : undefined
    const {connection, created, kvs} = openGraph(
      store.db,
      {beforeWriting: () => store.startWriting(), newGraph, cacheDatoms: CACHE_DATOMS, path: store.path},
      {
        *backUp() {
          yield* makeBackup(store.db, graph.dir, 'automatic', Date.now())
          reviewLater(scheduler, options)
        },
        damage: () => soundness.damage,
        markSearchStale: () => search.index.beforeWrite(connection.db),
        assertOwnership() {
          assertOwnership()
          soundness.requireSound()
        },
      },
    )
    store.startWriting()
    if (created) store.checkpoint() // what copies the file alone gets a graph
    const soundness: Soundness = new Soundness(
      scheduler,
      {
        check: (execution) => checkStore(store, kvs, {execution, logError: options.logError, soundness}),
        damaged: (reason) => options.logDamage(reason),
        failed: (error) => options.logError(error),
      },
      created,
    )
    if (endedUncleanly || store.hadLog || store.lostLog !== undefined) soundness.verify()
    const hold = () => connection.snapshot()
    const index = new SearchIndex(graph.dir, (error) => options.logError(error))
    const build = () => inBackground(scheduler, options, (execution) => index.build(hold, execution))
    const search: MethodContext['search'] = {
      index,
      build: () => awaited(build()),
      start(db, isForced) {
        if (!isForced && index.has(db)) return false
        void build()
        return true
      },
    }
    const changes = new ChangeFeed(graph.repo, scheduler, events, hold)
    const context: MethodContext = {
      check: (execution) => soundness.check(execution),
      *collectGarbage(execution) {
        yield* collectGarbage(store.db, kvs, execution)
        if (isWorthShrinking(store.db)) store.db.exec('VACUUM')
        store.checkpoint()
      },
      copies: {
        *backUp(execution) {
          const made = yield* makeBackup(store.db, graph.dir, 'own', Date.now())
          return yield* checkBackup(made, execution, checkAnyFile)
        },
        copyTo: (path) => copyGraph(store.db, path),
      },
      graph,
      isHeard: () => events.size > 0,
      onWritten(written) {
        search.index.note(written.txData)
        if (search.index.hasPending)
          void inBackground(scheduler, options, (execution) => search.index.update(hold, execution))
        changes.publish(written, (error) => options.logError(soundness.observe(error)))
      },
      open: connection,
      requests: new RequestLog(store.db, () => Date.now()),
      search,
      assertOwnership,
      revision,
      checkpoint: () => store.checkpoint(),
      sqliteVersion: store.sqliteVersion,
      *unlink() {
        while (kvs.isRead) yield // what others read comes from the file
        close()
        return options.unlink()
      },
    }
    const received = new Set<string>()
    function discard(path: string): void {
      received.delete(path)
      rmSync(path, {force: true})
    }

    let closed: undefined | {doubt: string | undefined}
    function close(): string | undefined {
      if (closed) return closed.doubt
      search.index.close(connection.db)
      const changed = store.close(soundness.damage !== undefined)
      closed = {doubt: soundness.damage ?? changed}
      // The process ends before a request that still arrives could do so.
      for (const path of received) discard(path)
      return closed.doubt
    }

    return {
      cancel: () => scheduler.cancelAll(stopping()),
      close,
      created,
      lostLog: store.lostLog,
      get damage() {
        return soundness.damage
      },
      filesStatus() {
        const status = store.files.status()
        if (status.is === 'ours' && status.isSampled) soundness.doubt()
        return status
      },
      async invoke(call, left) {
        const {invokeMethod, waitsForWrites} = await loadMethods()
        if (waitsForWrites(call.method)) soundness.verify()
        try {
          return await invokeMethod(scheduler, context, call, left)
        } catch (error) {
          const notification = events.size > 0 ? notificationOf(error) : undefined
          if (notification) void events.send(notification)
          throw closed && !(error instanceof ServerError) ? stopping() : soundness.observe(error)
        }
      },
      discard,
      receive(repo) {
        requireRepo(graph, repo)
        assertOwnership()
        requireWritable({graph, open: connection})
        const path = incomingPath(graph.dir)
        received.add(path)
        return path
      },
      run: (start, options) => scheduler.run(start, options),
      shortenTurn: () => scheduler.shortenTurn(),
    }
  } catch (error) {
    const explained = explainDamage(error)
    const failure = isDamage(explained) || isInvalid(explained) ? store.files.diskFailure() : undefined
    store.close()
    throw failure ?? explained
  }
}

let methods: Promise<typeof import('./methods/invoke.js')> | undefined

/** Loads the methods, with all that they need, at the first call: half of the program, which no start waits for. */
function loadMethods(): Promise<typeof import('./methods/invoke.js')> {
  methods ??= import('./methods/invoke.js')
  return methods
}

function stopping(): ServerError {
  return new ServerError('server-stopping', 'the server is stopping; nothing was done')
}

function isInvalid(error: unknown): boolean {
  return error instanceof ServerError && error.code === 'graph-invalid'
}

/**
 * Checks the backup that was just made, beside whatever else is done: the write that waits for the copy does not wait for
 * the check. What a server that ends leaves unchecked is checked by the next one.
 */
function reviewLater(scheduler: Scheduler, options: EngineOptions): void {
  void inBackground(scheduler, options, (execution) => reviewBackups(options.graph.dir, execution, checkAnyFile))
}

/** Runs a task in the background. Never rejects. */
async function inBackground(
  scheduler: Scheduler,
  {logError, signal}: EngineOptions,
  start: (execution: ExecutionContext) => CooperativeTask<void>,
): Promise<void> {
  try {
    await scheduler.run(start, {signal, timeoutMs: MAX_BACKGROUND_MS})
  } catch (error) {
    if (!signal.aborted && !(error instanceof ServerError && error.code === 'server-stopping')) logError(error)
  }
}
