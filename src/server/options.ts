import {join} from 'node:path'

import {ServerError} from '../lib/errors.js'
import {expandDataDir} from '../lib/graphs/data-dir.js'
import type {OwnerProcess} from '../lib/lock/owner.js'
import type {Lifetime, OwnerSource} from '../lib/lock/record.js'
import {DEFAULT_LOG_LEVEL, type LogLevel, parseLogLevel} from '../lib/log-level.js'
import {ownRevision} from '../lib/package-root.js'
import {parseFlags, type WorkerFlags} from '../lib/process/worker-argv.js'
import {present} from '../values/present.js'
import {type AuthMode, readAuthMode} from './http/authorize.js'

/** Options of the server's command line. */
export interface WorkerOptions {
  /** Requests that are served without a token. */
  auth: AuthMode
  /** Make the graph when it is not there. */
  create: boolean
  dataDir: string
  /** The directory above the data directory, as Logseq's programs name it; checked against the data directory. */
  rootDir: string | undefined
  /** Build that is reported to Logseq's programs, which compare it with their own. */
  revision: string
  /** The word under which process lists know the graph; checked against the directory when it is given. */
  graphId: string | undefined
  /** Time without use after which the server ends, in ms; undefined if it does not. */
  idleTimeoutMs: number | undefined
  lifetime: Lifetime
  /** Lowest level of messages in the log. */
  logLevel: LogLevel
  ownerId: string | undefined
  /** The app process that owns it, if the app names one. */
  ownerProcess: OwnerProcess | undefined
  ownerSource: OwnerSource
  repo: string
  /** End when the program that started it does, and report a requested restart by the exit code. */
  supervised: boolean
}

export const USAGE = `Serves one Logseq graph on 127.0.0.1. Usually started by \`logseq server start\`.

USAGE
  $ db-worker-node --repo NAME --data-dir DIR [--root-dir DIR] [--owner-source cli|electron]
                   [--owner-id ID] [--owner-pid PID [--owner-start TIME]]
                   [--lifetime persistent|leased] [--idle-timeout MS] [--supervised] [--graph-id SHA256] [--create-empty-db]
                   [--revision BUILD] [--log-level debug|info|warn|error]
  $ db-worker-node --repo NAME --root-dir DIR ...    serves NAME in DIR/graphs, and creates it if necessary
  $ db-worker-node --help | --version
`

/**
 * Reads the server's arguments. Flags it does not know are passed over: other clients of Logseq send more. Those that name
 * only the root directory have looked for the graph's directory, and expect the graph in it to be made.
 * @throws ServerError `usage` when repo, or both data-dir and root-dir, are missing
 */
export function readOptions(args: readonly string[]): WorkerOptions {
  const flags = parseFlags(args)
  const {'data-dir': dataDir, repo, 'root-dir': rootDir} = flags
  if (!repo) throw new ServerError('missing-repo', 'repo is required')
  if (!dataDir && !rootDir) throw new ServerError('usage', 'data-dir or root-dir is required')
  const source = flags['owner-source']
  return {
    auth: readAuthMode(process.env['LOGSEQ_DB_WORKER_AUTH']),
    create: 'create-empty-db' in flags || !dataDir,
    dataDir: expandDataDir(dataDir || join(present(rootDir), 'graphs')),
    graphId: flags['graph-id'] || undefined,
    idleTimeoutMs: positive(flags['idle-timeout']),
    lifetime: flags['lifetime'] === 'leased' ? 'leased' : 'persistent',
    logLevel: parseLogLevel(flags['log-level']) ?? DEFAULT_LOG_LEVEL,
    ownerId: flags['owner-id'] || undefined,
    ownerProcess: ownerProcess(flags),
    ownerSource: source === 'cli' || source === 'electron' ? source : 'unknown',
    repo,
    revision: readRevision(flags),
    rootDir: rootDir ? expandDataDir(rootDir) : undefined,
    supervised: 'supervised' in flags,
  }
}

/** Returns the build that is reported to Logseq's programs: the given one, else that of this program. */
export function readRevision(flags: WorkerFlags): string {
  return flags['revision'] || process.env['LOGSEQ_DB_WORKER_REVISION'] || ownRevision()
}

function ownerProcess(flags: WorkerFlags): OwnerProcess | undefined {
  const pid = positive(flags['owner-pid'])
  return pid === undefined ? undefined : {pid, start: flags['owner-start'] || undefined}
}

/** @returns undefined for anything but a positive whole number */
function positive(text: string | undefined): number | undefined {
  const number = Number(text)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}
