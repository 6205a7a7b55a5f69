import {existsSync, mkdirSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

import {readServerList} from '../../src/lib/lock/server-list.js'
import {argvOf, end, know, type Known, mentioning, until} from './processes.js'
import {http, type Sandbox} from './sandbox.js'
import {published, workerArgs} from './workers.js'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))

/** A program that has the name of a server, and waits. */
export const ORPHAN = join(FIXTURES, 'orphans', 'db-worker-node.js')

/** A program that only looks like one. */
export const LOOK_ALIKE = join(FIXTURES, 'orphans', 'look-alike.js')

/** The servers of one graph of a sandbox, named by a record or not: all that have its exact name as an argument. */
export function serversOf(sandbox: Sandbox, graph = 'demo'): Known[] {
  return mentioning(sandbox.dir).filter(({pid}) => argvOf(pid).includes(`logseq_db_${graph}`))
}

/** The arguments of a server of a sandbox's graph, as Logseq's own clients give them. */
export function graphArgs(sandbox: Sandbox, graph = 'demo', dataDir = sandbox.dataDir): string[] {
  return ['--repo', `logseq_db_${graph}`, '--data-dir', dataDir]
}

/** Starts a program of `fixtures/orphans`, and waits until it says that it is there. */
export async function spawnThere(
  sandbox: Sandbox,
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Known> {
  const child = sandbox.spawn(process.execPath, [script, ...args], {
    env: {...process.env, ...env},
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
  })
  return know(child.pid)!
}

/** The path of a legacy server in a sandbox: a link of the server's name. */
export function legacyScript(sandbox: Sandbox, fixture: 'base-server' | 'head-server' = 'base-server'): string {
  const dir = join(sandbox.dir, `legacy-${fixture}`)
  const script = join(dir, 'db-worker-node.js')
  mkdirSync(dir, {recursive: true})
  if (!existsSync(script)) symlinkSync(join(FIXTURES, 'legacy', `${fixture}.mjs`), script)
  return script
}

/** Starts a legacy server for the graph `demo`, and waits until its record names its port. */
export async function startLegacy(
  sandbox: Sandbox,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Known> {
  const child = sandbox.spawn(process.execPath, [legacyScript(sandbox), ...graphArgs(sandbox), ...args], {
    env: {...process.env, ...env},
  })
  const ready = () => {
    const record = published(sandbox, child.pid)
    return record !== undefined && (record['port'] > 0 || env['LEGACY_OPEN_MS'] !== undefined)
  }

  await until(ready, 10_000, 'the record of the legacy server')
  return know(child.pid)!
}

/** Starts a server of Logseq's for the graph `demo`, of the kind that is in the list of servers, and waits until it is there. */
export async function startListed(
  sandbox: Sandbox,
  owner: string,
  env: Record<string, string> = {},
): Promise<Known & {port: number}> {
  const args = ['--repo', 'logseq_db_demo', '--root-dir', sandbox.dir, '--owner-source', owner]
  const {pid} = sandbox.spawn(process.execPath, [legacyScript(sandbox, 'head-server'), ...args], {
    env: {...process.env, ...env},
  })
  const port = await until(() => listedPort(sandbox, pid), 10_000, 'the line of the server')
  return {...know(pid)!, port}
}

/** The port with which a process is in the list of servers of a sandbox. */
export function listedPort(sandbox: Sandbox, pid: number): number | undefined {
  return readServerList(sandbox.dir).find((server) => server.pid === pid)?.port
}

/** Starts our server for the graph `demo` by hand, without an owner, and waits until it is ready. */
export async function startUnowned(sandbox: Sandbox): Promise<Known> {
  const child = sandbox.spawn(process.execPath, workerArgs(sandbox, 'logseq_db_demo', '--owner-source', 'somebody'))
  const record = await until(() => published(sandbox, child.pid), 15_000, 'the record of the server')
  while ((await http(record['port'] as number, '/readyz')).status !== 200);
  return know(child.pid)!
}

/** Starts a process, ends it, and returns what is known of it: an identity that was true once. */
export async function deadProcess(sandbox: Sandbox): Promise<Known> {
  const known = await spawnThere(sandbox, LOOK_ALIKE, [])
  await end(known)
  return known
}
