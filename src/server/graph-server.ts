import {join} from 'node:path'

import {messageOf, ServerError} from '../lib/errors.js'
import {DATABASE, RECORD, SERVER_LOCK} from '../lib/files/names.js'
import {removeStaleFiles} from '../lib/files/stale-files.js'
import type {Graph} from '../lib/graphs/locate.js'
import {settleReplacement} from '../lib/graphs/replacement.js'
import {unlinkGraph} from '../lib/graphs/unlink.js'
import {ownerIsDead} from '../lib/lock/owner-process.js'
import type {Owner, Requester} from '../lib/lock/owner.js'
import type {LockRecord} from '../lib/lock/record.js'
import {serverListPath} from '../lib/lock/server-list.js'
import {acquireServerLock, DYING_MS, type ServerLock} from '../lib/lock/server-lock.js'
import type {UncleanEnd} from '../lib/lock/unclean-end.js'
import {ownRevision} from '../lib/package-root.js'
import {realSystem, type System} from '../lib/process/system.js'
import {present} from '../values/present.js'
import {httpService} from './http-service.js'
import {Connections} from './http/connections.js'
import {EventStreams} from './http/events.js'
import {LeaseStreams} from './http/lease.js'
import {Listener} from './http/listener.js'
import type {Service} from './http/service.js'
import {IdleWatch} from './idle.js'
import {LeaseWatch} from './lease.js'
import {type DailyLog, openDailyLog} from './log.js'
import type {WorkerOptions} from './options.js'
import {prepareFileWatch} from './ownership/file-watch.js'
import {Interlock} from './ownership/interlock.js'
import {Listing} from './ownership/listing.js'
import {buildRecord, newSecrets, Publication} from './ownership/publication.js'
import {ownerUnlessAllowed} from './ownership/stop-rights.js'
import {Watchdog, type WatchdogEvents} from './ownership/watchdog.js'
import {RunningMark} from './running-mark.js'
import {ServedGraph} from './served-graph.js'
import {assertNoLiveServer, drain, findListDir, locateGraph} from './steps.js'

/** Exit code by which a supervisor starts a server again: EX_TEMPFAIL of sysexits(3). */
const RESTART_EXIT_CODE = 75

/**
 * Maximum time for requests in flight to finish at a stop, in ms. Logseq's own clients wait for 5 s before they send a
 * signal.
 */
const DRAIN_MS = 10_000
const DRAIN_FOR_LOGSEQ_MS = 3000

/**
 * Maximum time that the parent waits for the line in Logseq's list of servers, in ms. The line is there in moments, or
 * comes later.
 */
const LISTING_MS = 200

/** Message of a ready server to its parent. */
export interface Serving {
  created: boolean
  'lock-id': string
  port: number
  'unclean-end'?: UncleanEnd
}

/** Server of one graph, from its server lock to its end. `start` takes the steps of the lifecycle contract; `stop` takes them back. */
export class GraphServer {
  readonly #options: WorkerOptions
  readonly #requestStop: (why: string) => void
  /** Read at the start: the files of this program may be replaced while it runs. */
  readonly #revision = ownRevision()
  readonly #secrets = newSecrets()
  #state: 'ready' | 'starting' | 'stopping' = 'starting'

  // In the order in which a start makes them.
  #serverLock: ServerLock | undefined
  #log: DailyLog | undefined
  #runningMark: RunningMark | undefined
  #rootDir: string | undefined
  readonly #connections = new Connections()
  readonly #events = new EventStreams()
  readonly #leases = new LeaseStreams(() => this.#leaseWatch?.changed())
  #listener: Listener | undefined
  #publication: Publication | undefined
  #watchdog: undefined | Watchdog
  #servedGraph: ServedGraph | undefined
  #leaseWatch: LeaseWatch | undefined
  #idle: IdleWatch | undefined
  #listing: Listing | undefined

  // What a request to stop has decided.
  #drainMs = DRAIN_MS
  #restarts = false

  /** @param requestStop called when the server is to end: a client asked for it, or the graph is no longer its own */
  constructor(options: WorkerOptions, requestStop: (why: string) => void) {
    this.#options = options
    this.#requestStop = requestStop
  }

  /** Exit code after a clean stop. */
  get exitCode(): number {
    return this.#restarts && this.#options.supervised ? RESTART_EXIT_CODE : 0
  }

  /**
   * Takes the graph and serves it.
   * @throws ServerError `repo-locked`, `graph-in-use`, `graph-invalid`, `graph-not-exists`, ...; the caller then stops it
   */
  async start(signal: AbortSignal): Promise<Serving> {
    prepareFileWatch()
    const system = await realSystem()
    const graph = locateGraph(this.#options)
    this.#serverLock = await acquireServerLock(graph.dir, system.clock, DYING_MS, signal)
    if (!this.#serverLock)
      throw new ServerError('repo-locked', `Another process holds the server lock of ${graph.name}`)
    const dead = await assertNoLiveServer(system, graph)
    this.#log = openDailyLog(graph.dir, undefined, {
      level: this.#options.logLevel,
      secret: this.#secrets['auth-token'],
    })
    removeStaleFiles(graph.dir, Date.now())
    this.#runningMark = new RunningMark(graph.dir)
    let {uncleanEnd} = this.#runningMark
    if (uncleanEnd) this.#log.warn({last: uncleanEnd}, 'the last server did not end cleanly')
    settleReplacement(graph.dir)

    this.#rootDir = findListDir(this.#options, graph)
    this.#listener = new Listener(this.#service(system, graph, this.#log), () => this.#servedGraph?.shortenTurn())
    const port = await this.#listener.listen()
    const self = await buildRecord(system, graph, this.#options, {...this.#secrets, port, revision: this.#revision})
    signal.throwIfAborted()
    this.#publication = new Publication(graph.dir, self)
    this.#publication.publish()
    const interlock = this.#keepWatch(graph, this.#publication)

    const servedGraph = await this.#openGraph(system, graph, signal)
    this.#servedGraph = servedGraph
    if (servedGraph.lostLog !== undefined) {
      uncleanEnd = {...uncleanEnd, reason: servedGraph.lostLog}
      this.#log.warn({reason: servedGraph.lostLog}, 'writes of the last server are lost')
    }

    interlock.watchDatabase(() => servedGraph.filesStatus())
    this.#state = 'ready'
    this.#runningMark.replaceLast()
    this.#watchLeases(system, this.#publication)
    if (this.#options.idleTimeoutMs !== undefined)
      this.#idle = new IdleWatch(this.#options.idleTimeoutMs, () => this.#connections.use, this.#requestStop)
    await this.#list(system, port, dead)
    const serving = {
      created: servedGraph.created,
      'lock-id': this.#secrets['lock-id'],
      port,
      ...(uncleanEnd && {'unclean-end': uncleanEnd}),
    }
    this.#log.info({...serving, graph: graph.name, revision: this.#revision}, 'ready')
    return serving
  }

  /**
   * Stops the server cleanly. Requests in flight are completed first. The record is removed after the database is
   * closed, the server lock last: when the record is gone, the graph is closed. The port responds as long as the record
   * exists: one of Logseq's clients takes a closed port for the end, and waits long if it then finds the record.
   */
  async stop(why: string): Promise<void> {
    this.#state = 'stopping'
    this.#log?.info({why}, 'stopping')
    this.#watchdog?.stop()
    this.#leaseWatch?.stop()
    this.#events.end()
    this.#leases.end(why)
    await this.#drain()
    this.#attempt('close', () => {
      const doubt = this.#servedGraph?.close()
      this.#runningMark?.remove(doubt) // not after a close that failed: the next server has to check
    })
    const removeRecord = () => this.#attempt('remove', () => this.#publication?.remove())
    // One of Logseq's clients takes the removal of the list line as the end of the server, and
    // then waits for one whose record is there.
    await this.#listing?.remove(removeRecord)
    removeRecord()
    await this.#listener?.close()
    this.#attempt('release', () => this.#serverLock?.release())
    this.#log?.info('stopped')
  }

  /**
   * Writes why the start failed: to the log, if it is open by now, and to stderr.
   * @param spawned stderr is the log file: it takes the line only where the log is not open, and with the pid
   */
  logFailure(error: unknown, spawned: boolean): void {
    const known = error instanceof ServerError
    const pid = `pid ${process.pid}`
    this.#log?.error(known ? {code: error.code} : {err: error}, `${pid} failed: ${messageOf(error)}`)
    if (this.#log && spawned) return
    console.error(known ? `Error (${error.code})${spawned ? `, ${pid}` : ''}: ${error.message}` : error)
  }

  /** Writes what went wrong to the log, if there is one by now; else to stderr. */
  logError(error: unknown): void {
    if (!this.#log) {
      console.error(error)
      return
    }

    this.#log.error({err: error}, 'failed')
  }

  /** A step of the stop that fails (a full disk) must not keep the next ones from being taken. */
  #attempt(step: string, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#log?.error({err: error, step}, 'a step of the stop failed')
    }
  }

  async #drain(): Promise<void> {
    await drain({
      endRest: () => this.#servedGraph?.cancel(),
      inFlight: () => this.#connections.inFlight,
      patience: () => this.#drainMs,
    })
    this.#listener?.closeUsed()
  }

  /** Writes the line in Logseq's list of servers. A list that another program has locked blocks nothing. */
  async #list(system: System, port: number, dead: LockRecord | undefined): Promise<void> {
    const dir = this.#rootDir
    if (dir === undefined) return
    this.#listing = new Listing(system, dir, {pid: process.pid, port}, (line, details) =>
      this.#log?.warn(details, line),
    )
    const listed = this.#listing.add()
    if (dead) void this.#listing.clear(dead)
    await Promise.race([listed, system.clock.sleep(LISTING_MS)])
  }

  #keepWatch(graph: Graph, publication: Publication): Interlock {
    const interlock = new Interlock(publication)
    interlock.watchLocked(join(graph.dir, SERVER_LOCK))
    const events: WatchdogEvents = {
      lost: (why) => this.#requestStop(why),
      rest: () => this.#log?.debug('at rest'),
      tick: (isHeld) => this.#tick(isHeld),
      warn: (why) => {
        this.#log?.warn({why}, 'this server no longer holds its graph')
        void this.#listing?.remove()
      },
    }
    const paths = [RECORD, SERVER_LOCK, DATABASE, `${DATABASE}-wal`].map((name) => join(graph.dir, name))
    if (this.#rootDir !== undefined) paths.push(serverListPath(this.#rootDir))
    this.#watchdog = new Watchdog(() => interlock.check(), events, paths)
    return interlock
  }

  /** @returns false if the list has to be tried again, or the idle time is counted */
  #tick(isHeld: boolean): boolean {
    if (this.#state !== 'ready') return false
    const isListed = !isHeld || (this.#listing?.check() ?? true)
    this.#idle?.check()
    return isListed && this.#idle === undefined
  }

  async #openGraph({clock, processes}: System, graph: Graph, signal: AbortSignal): Promise<ServedGraph> {
    const place = await processes.hostIdentity()
    return ServedGraph.open({
      boot: place['boot-id'] ?? '',
      clock,
      create: this.#options.create,
      endedUncleanly: this.#runningMark?.uncleanEnd !== undefined,
      events: this.#events,
      graph,
      logDamage: (reason) => this.#log?.error({reason}, 'the graph is damaged: it is served for reading only'),
      logError: (error) => this.logError(error),
      assertOwnership: () => this.#watchdog?.assertOwnership(),
      revision: this.#revision,
      signal,
      unlink: () => this.#unlink(graph),
    })
  }

  /** The database is closed. The record goes first, as at every end; the server lock is held until the directory is moved. */
  #unlink({dir}: Graph): string {
    this.#state = 'stopping'
    this.#watchdog?.stop()
    this.#runningMark?.remove(undefined)
    this.#runningMark = undefined
    this.#publication?.remove()
    const target = unlinkGraph(dir, Date.now())
    this.#requestStop(`the graph was moved to ${target}`)
    return target
  }

  #watchLeases(system: System, publication: Publication): void {
    if (this.#options.lifetime !== 'leased') return
    this.#leaseWatch = new LeaseWatch(system.clock, {
      leases: () => this.#leases.count,
      ownerIsDead: (record) => ownerIsDead(system, record),
      record: () => publication.current(),
      requestStop: this.#requestStop,
    })
    this.#leaseWatch.run().catch((error: unknown) => this.logError(error))
  }

  /** @returns the owner, if the requester may not stop its server */
  async #shutdown(system: System, requester: Requester | undefined, restarts: boolean): Promise<Owner | undefined> {
    if (requester === undefined) {
      this.#drainMs = DRAIN_FOR_LOGSEQ_MS
      this.#requestStop('asked by a program of this user')
      return undefined
    }

    const record = present(this.#publication).current() // published before the port is announced
    const owner = await ownerUnlessAllowed(system, record, requester)
    if (owner) return owner
    this.#restarts ||= restarts
    this.#requestStop(`asked by ${requester.source}${restarts ? ', to be started again' : ''}`)
    return undefined
  }

  #service(system: System, graph: Graph, log: DailyLog): Service {
    return httpService({
      connections: this.#connections,
      events: this.#events,
      graph,
      idle: () => this.#idle,
      leases: this.#leases,
      leaseWatch: () => this.#leaseWatch,
      log,
      options: this.#options,
      publication: () => this.#publication,
      revision: this.#revision,
      rootDir: this.#rootDir,
      secrets: this.#secrets,
      servedGraph: () => this.#servedGraph,
      shutdown: (requester, restarts) => this.#shutdown(system, requester, restarts),
      state: () => this.#state,
      system,
      watchdog: () => this.#watchdog,
    })
  }
}
