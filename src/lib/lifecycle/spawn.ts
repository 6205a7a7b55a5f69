import type {ChildProcess} from 'node:child_process'
import {closeSync} from 'node:fs'

import type {Graph} from '../graphs/locate.js'
import type {Requester} from '../lock/owner.js'
import type {Lifetime} from '../lock/record.js'
import type {UncleanEnd} from '../lock/unclean-end.js'
import type {LogLevel} from '../log-level.js'
import {packagePath} from '../package-root.js'
import {openLog, tailLog} from './log-file.js'

export interface SpawnRequest {
  create: boolean
  graph: Graph
  idleTimeoutMs: number | undefined
  lifetime: Lifetime | undefined
  logLevel: LogLevel | undefined
  requester: Requester
  /** The directory whose `graphs` is the data directory. */
  rootDir: string | undefined
  /** Path of another server script. It gets the same arguments, and the start waits for its record. */
  script?: string
  /** Keep the channel open: the server ends with this process. */
  supervised?: boolean
}

/** Failure that a server reports. */
export interface ReportedError {
  code: string
  details?: Record<string, unknown>
  hint?: string
  message: string
}

/** Result of a start, as the server or the operating system reports it. */
export type SpawnOutcome =
  | {created: boolean; kind: 'ready'; lockId?: string; uncleanEnd?: UncleanEnd}
  | {error: ReportedError; kind: 'failed'}
  | {cause?: Error; kind: 'died'; reason: string}

/** End of a process. */
export interface Exit {
  code: null | number
  signal: NodeJS.Signals | null
}

/** Started server whose fate is not known yet. */
export interface Spawned {
  /** Resolves with its exit code, or the signal that ended it. */
  exited: Promise<Exit>
  /** Returns true if the operating system has reported its exit. Until then its pid cannot be reused. */
  ended(): boolean
  /** Keeps it attached: a later `release` does nothing. */
  keep(): void
  logPath: string
  logTail(): string[]
  /** Resolves once, with the server's message or its death. Never rejects. */
  outcome: Promise<SpawnOutcome>
  /** Undefined if it could not be started. */
  pid: number | undefined
  /** Detaches it: this process can exit while the server keeps running. */
  release(): void
}

/**
 * Starts a server that holds nothing of its caller: own session, `/` as its directory, the log file as its output. It
 * reports over an IPC channel, and survives the end of its caller.
 */
export function spawnServer(request: SpawnRequest): Spawned {
  const log = openLog(request.graph.dir)
  const output = log.fd ?? 'ignore'
  const {spawn} = process.getBuiltinModule('node:child_process') // loaded only by commands that start a server
  const child = spawn(
    process.execPath,
    [request.script ?? packagePath('bin', 'db-worker-node.js'), ...workerArgs(request)],
    {
      cwd: '/',
      detached: true,
      env: workerEnv(process.env),
      stdio: ['ignore', output, output, 'ipc'],
    },
  )
  const outcome = outcomeOf(child)
  let kept = false
  if (log.fd !== undefined) closeSync(log.fd)
  return {
    exited: new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({code, signal}))
    }),
    ended: () => child.exitCode !== null || child.signalCode !== null,
    keep() {
      kept = true
    },
    logPath: log.path,
    logTail: () => tailLog(log.path, log.size),
    outcome,
    pid: child.pid,
    release() {
      if (kept) return
      if (child.connected) child.disconnect()
      child.unref()
    },
  }
}

/** The arguments of a server. `--root-dir` is for Logseq's layout of `<root>/graphs`, and its list of servers. */
function workerArgs({
  create,
  graph,
  idleTimeoutMs,
  lifetime,
  logLevel,
  requester,
  rootDir,
  supervised,
}: SpawnRequest): string[] {
  const {id, process: owner} = requester
  return [
    '--repo',
    graph.repo,
    '--data-dir',
    graph.dataDir,
    '--owner-source',
    requester.source,
    '--graph-id',
    graph.id,
    ...(id === undefined ? [] : ['--owner-id', id]),
    ...(owner === undefined ? [] : ['--owner-pid', String(owner.pid)]),
    ...(owner?.start === undefined ? [] : ['--owner-start', owner.start]),
    ...(lifetime === 'leased' ? ['--lifetime', lifetime] : []),
    ...(idleTimeoutMs ? ['--idle-timeout', String(idleTimeoutMs)] : []),
    ...(logLevel === undefined ? [] : ['--log-level', logLevel]),
    ...(rootDir === undefined ? [] : ['--root-dir', rootDir]),
    ...(supervised ? ['--supervised'] : []),
    ...(create ? ['--create-empty-db'] : []),
  ]
}

/**
 * Blocks of memory of this size and more go back to the system when they are freed, in bytes. It is the initial value of
 * the GNU C library, which raises it after the first large block: 4 MiB of a start would stay with an idle server.
 */
const RETURNED_BYTES = 131_072

/**
 * Returns the environment of a server: Node.js even inside Electron, without options and certificates of the caller. A
 * server removes what it needs itself from the environment of its own children.
 */
function workerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const {NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, NODE_USE_SYSTEM_CA: ___, ...rest} = env
  return {MALLOC_MMAP_THRESHOLD_: String(RETURNED_BYTES), ...rest, ELECTRON_RUN_AS_NODE: '1'}
}

function outcomeOf(child: ChildProcess): Promise<SpawnOutcome> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      const said = readMessage(message)
      if (said) resolve(said)
    })
    child.on('error', (error) => resolve({cause: error, kind: 'died', reason: error.message}))
    child.on('exit', (code, signal) => {
      const died = () => resolve({kind: 'died', reason: signal ? `ended by ${signal}` : `exit code ${code}`})
      // Its last message may be pending: the channel ends after it.
      if (child.connected) child.once('disconnect', died)
      else died()
    })
  })
}

function readMessage(message: unknown): SpawnOutcome | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const {
    created,
    error,
    'lock-id': lockId,
    ready,
    'unclean-end': unclean,
  } = message as {
    created?: unknown
    error?: {code?: unknown; details?: unknown; hint?: unknown; message?: unknown}
    'lock-id'?: unknown
    ready?: unknown
    'unclean-end'?: unknown
  }
  if (ready === true)
    return {
      created: created === true,
      kind: 'ready',
      ...(typeof lockId === 'string' && {lockId}),
      ...(typeof unclean === 'object' && {uncleanEnd: unclean as UncleanEnd}),
    }
  if (typeof error !== 'object') return undefined
  const {code, details, hint, message: text} = error
  return {
    error: {
      code: String(code),
      message: String(text),
      ...(typeof details === 'object' && {details: details as Record<string, unknown>}),
      ...(typeof hint === 'string' && {hint}),
    },
    kind: 'failed',
  }
}
