import {randomUUID} from 'node:crypto'

import {checkGraph} from '../engine/integrity/check.js'
import {checkBackup, copyGraph, makeBackup, reviewBackups} from '../engine/storage/backup.js'
import {openStore} from '../engine/storage/open.js'
import {RequestLog} from '../engine/storage/requests.js'
import type {Clock} from '../lib/clock.js'
import {ServerError} from '../lib/errors.js'
import type {Graph} from '../lib/graphs/locate.js'
import {markSearchStale} from '../lib/graphs/search-index.js'
import {openGraph} from '../logseq/open-graph.js'
import {Changes} from './changes.js'
import type {EventStreams} from './http/events.js'
import type {Call} from './methods/call.js'
import {invokeMethod} from './methods/invoke.js'
import type {MethodContext} from './methods/method.js'
import {Scheduler} from './scheduler/scheduler.js'

/**
 * How many datoms of stored nodes are kept in memory: some 50 MiB, and the whole of most graphs. With less, what is read
 * again and again makes more garbage than is saved.
 */
const CACHE_DATOMS = 400_000

/** How long the check of backups may take beside everything else, in ms. */
const MAX_REVIEW_MS = 3_600_000

/** What an engine is opened with. */
export interface EngineOptions {
  clock: Clock
  /** Make the graph when it is not there. */
  create: boolean
  events: EventStreams
  graph: Graph
  logError(error: unknown): void
  /** Throws unless the graph is still this daemon's. */
  requireMine(): void
  revision: string
  signal: AbortSignal
}

/** The graph of a daemon, open, and all that is being done with it. */
export interface Engine {
  /** Ends what is under way: its clients are told that the server stops. */
  cancel(): void
  checkpoint(): void
  close(): void
  /** The graph was made by this opening. */
  created: boolean
  /** Runs a method. @returns the body of the answer, in pieces */
  invoke(call: Call, signal: AbortSignal): Promise<readonly Buffer[]>
  /** The path of the database. */
  path: string
  /** Runs a task in its turn. */
  run: Scheduler['run']
}

/**
 * Opens a graph for this process alone.
 * @throws ServerError `graph-not-exists`, `graph-invalid`, `graph-damaged`, `graph-in-use`, `disk-full`
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const {clock, create, events, graph, requireMine, revision, signal} = options
  const store = await openStore(graph.dir, create, clock, signal)
  const scheduler = new Scheduler()
  try {
    const birth = create ? {now: Date.now(), uuid: randomUUID()} : undefined
    const {connection, created, kvs} = openGraph(
      store.db,
      {birth, cacheDatoms: CACHE_DATOMS, path: store.path},
      {
        *backUp() {
          yield* makeBackup(store.db, graph.dir, 'automatic', Date.now())
          reviewLater(scheduler, options)
        },
        markSearchStale: () => markStale(options),
        now: () => Date.now(),
        requireMine,
      },
    )
    if (created) store.checkpoint() // what copies the file alone gets a graph
    const changes = new Changes(graph.repo, scheduler, events)
    const context: MethodContext = {
      check: (pace) => checkGraph(store.db, kvs, pace),
      copies: {
        *backUp(pace) {
          const made = yield* makeBackup(store.db, graph.dir, 'own', Date.now())
          return yield* checkBackup(made, pace)
        },
        copyTo: (path) => copyGraph(store.db, path),
      },
      graph,
      onWritten: (written) => changes.tell(written, (error) => options.logError(error)),
      open: connection,
      requests: new RequestLog(store.db, () => Date.now()),
      requireMine,
      revision,
      checkpoint: () => store.checkpoint(),
      sqliteVersion: store.sqliteVersion,
    }
    return {
      cancel: () => scheduler.endAll(new ServerError('server-stopping', 'the server stops; nothing was done')),
      checkpoint: () => store.checkpoint(),
      close: () => store.close(),
      created,
      invoke: (call, left) => invokeMethod(scheduler, context, call, left),
      path: store.path,
      run: (start, options) => scheduler.run(start, options),
    }
  } catch (error) {
    store.close()
    throw error
  }
}

/**
 * Checks the backup that was just made, beside whatever else is done: the write that waits for the copy does not wait for
 * the check. What a server that ends leaves unchecked is checked by the next one.
 */
function reviewLater(scheduler: Scheduler, {graph, logError, signal}: EngineOptions): void {
  scheduler
    .run((pace) => reviewBackups(graph.dir, pace), {signal, timeoutMs: MAX_REVIEW_MS})
    .catch((error: unknown) => {
      if (!signal.aborted && !(error instanceof ServerError && error.code === 'server-stopping')) logError(error)
    })
}

/** An index that cannot be marked (it is damaged, or in use) is no reason to refuse a write. */
function markStale({graph, logError}: EngineOptions): void {
  try {
    markSearchStale(graph.dir)
  } catch (error) {
    logError(error)
  }
}
