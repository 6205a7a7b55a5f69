import {spawn} from 'node:child_process'
import {resolve} from 'node:path'

import {type Clock, systemClock} from '../lib/clock.js'
import {ServerError} from '../lib/errors.js'
import {expandDataDir} from '../lib/graphs/data-dir.js'
import type {Lifetime, OwnerSource} from '../lib/lock/record.js'
import {refusesNode} from './fuse.js'
import {holdLease, isHealthy} from './http.js'
import type {Ports} from './ports.js'
import {runCli} from './run-cli.js'
import type {ManagedRuntime} from './types.js'

/** How long the CLI may take for a start or a stop, in ms, and how much longer its process may: it ends what it started. */
const TIMEOUT_MS = 30_000
const MARGIN_MS = 15_000

export interface PortOptions {
  /** The CLI's script: `bin/run.js` of this package. */
  cli: string
  clock?: Clock
  /** Where the graphs are. */
  dataDir: string
  /** A Node.js program that runs the CLI. Default: this program, as Node.js if it is Electron. */
  nodePath?: string
  /** Which instance of the app this is: the same for every run of one profile, another for each profile. */
  ownerId: string
  /** For tests. */
  spawn?: typeof spawn
  /** How long a start or a stop may take, in ms. Default 30,000. */
  timeoutMs?: number
}

/** The world as it is. */
export function realPorts(options: PortOptions): Ports {
  const {clock = systemClock, nodePath, ownerId, timeoutMs = TIMEOUT_MS} = options
  // Against the app's directory of this moment: the command line runs in `/`.
  const [cli, dataDir] = [resolve(options.cli), expandDataDir(options.dataDir)]
  // Read once, and beforehand: an Electron that cannot be Node.js must never be called.
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

/** What a start told, as a runtime. A server of Logseq's own has no token. */
function runtimeOf(data: Record<string, unknown>): ManagedRuntime {
  const {'graph-id': graphId, 'lock-id': lockId, 'owner-id': ownerId} = data
  return {
    repo: String(data['repo']),
    baseUrl: String(data['base-url']),
    authToken: String(data['auth-token'] ?? ''),
    ...(typeof lockId === 'string' && {lockId}),
    ...(typeof graphId === 'string' && {graphId}),
    owned: data['owned'] === true,
    ownerSource: data['owner-source'] as OwnerSource,
    ...(typeof ownerId === 'string' && {ownerId}),
    lifetime: data['lifetime'] as Lifetime,
    pid: Number(data['pid']),
    log: String(data['log']),
  }
}
