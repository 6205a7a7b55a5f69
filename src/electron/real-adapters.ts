import {spawn} from 'node:child_process'
import {resolve} from 'node:path'

import {type Clock, systemClock} from '../lib/clock.js'
import {ServerError} from '../lib/errors.js'
import {expandDataDir} from '../lib/graphs/data-dir.js'
import type {Lifetime, OwnerSource} from '../lib/lock/record.js'
import type {Adapters} from './adapters.js'
import {refusesNode} from './fuse.js'
import {hideTokenInLogs} from './hide-token.js'
import {holdLease, isHealthy} from './http.js'
import {runCli} from './run-cli.js'
import type {ManagedRuntime} from './types.js'

/** Timeout of a start or stop by the CLI, in ms, and extra time for its process, which cleans up after a timeout. */
const TIMEOUT_MS = 30_000
const MARGIN_MS = 15_000

/** Options of the real adapters. */
export interface AdapterOptions {
  /** Path of the CLI script: `bin/run.js` of this package. */
  cli: string
  /** Clock to use instead of the system clock, in tests. @internal */
  clock?: Clock
  /** Directory of the graphs. */
  dataDir: string
  /**
   * Path of a Node.js program that runs the CLI. Default: the current program, which runs as Node.js if it is Electron.
   */
  nodePath?: string
  /** ID of the app instance: constant for one profile, different for each profile. */
  ownerId: string
  /** Function to use instead of `child_process.spawn`, in tests. @internal */
  spawn?: typeof spawn
  /** Timeout of a start or stop, in ms. Default 30,000. */
  timeoutMs?: number
}

/** Creates the real adapters. */
export function realAdapters(options: AdapterOptions): Adapters {
  const {clock = systemClock, nodePath, ownerId, timeoutMs = TIMEOUT_MS} = options
  // Resolved now, because the CLI runs in `/`.
  const [cli, dataDir] = [resolve(options.cli), expandDataDir(options.dataDir)]
  // Read once, before the first call: an Electron that cannot run as Node.js must never be called.
  const refused = nodePath === undefined && process.versions['electron'] ? refusesNode(process.execPath) : undefined

  const run = async (command: string, repo: string, ...args: string[]) => {
    if (await refused) throw new ServerError('app-cannot-run-node', `${process.execPath} cannot run as Node.js`)
    const who = ['--owner-source', 'electron', '--owner-id', ownerId]
    const common = ['--repo', repo, '--data-dir', dataDir, '--timeout', String(timeoutMs), '--json']
    return runCli({
      args: [cli, 'server', command, ...common, ...who, ...args],
      clock,
      command: nodePath ?? process.execPath,
      env: {...process.env, ELECTRON_RUN_AS_NODE: '1'},
      spawn: options.spawn ?? spawn,
      timeoutMs: timeoutMs + Math.min(timeoutMs, MARGIN_MS),
    })
  }

  return {
    clock,
    isHealthy: (runtime) => isHealthy(dataDir, runtime),
    lease: (runtime, events) => holdLease(dataDir, runtime, events),
    async start(repo, how, create) {
      const lease = ['--owner-pid', String(process.pid), '--lifetime', 'leased', '--show-token']
      return runtimeOf(await run(how, repo, ...lease, ...(create && how === 'start' ? ['--create'] : [])))
    },
    async stop(repo) {
      await run('stop', repo)
    },
  }
}

/**
 * Converts the result of a start. Logseq's own server has no token.
 * @throws ServerError `cli-failed` if it is not the result of a start: a page would send its token wherever the address points
 */
function runtimeOf(data: Record<string, unknown>): ManagedRuntime {
  const {'auth-token': token, 'base-url': baseUrl, 'graph-id': graphId, 'lock-id': lockId, 'owner-id': ownerId} = data
  const isServer = /^http:\/\/127\.0\.0\.1:\d+$/.test(String(baseUrl)) && Number.isSafeInteger(data['pid'])
  if (!isServer || typeof data['repo'] !== 'string')
    throw new ServerError('cli-failed', 'The command line reported a start without repo, pid and address of the server')
  return hideTokenInLogs({
    repo: data['repo'],
    baseUrl: String(baseUrl),
    authToken: typeof token === 'string' ? token : '',
    ...(typeof lockId === 'string' && {lockId}),
    ...(typeof graphId === 'string' && {graphId}),
    owned: data['owned'] === true,
    ownerSource: data['owner-source'] as OwnerSource,
    ...(typeof ownerId === 'string' && {ownerId}),
    lifetime: data['lifetime'] as Lifetime,
    pid: Number(data['pid']),
    log: String(data['log']),
  })
}
