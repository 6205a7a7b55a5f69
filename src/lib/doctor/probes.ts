import {accessSync, constants, existsSync, readFileSync, rmSync, statSync} from 'node:fs'
import {homedir} from 'node:os'
import {basename, delimiter, dirname, join} from 'node:path'

import {messageOf, ServerError} from '../errors.js'
import {graphId} from '../graphs/locate.js'
import {listServers} from '../lifecycle/status.js'
import type {Requester} from '../lock/owner.js'
import {readRecord} from '../lock/record-file.js'
import {packagePath} from '../package-root.js'
import type {ProcessFacts} from '../process/identity.js'
import {directoriesOf, servesGraph} from '../process/match.js'
import {realPath, scanForWorkers} from '../process/scan.js'
import type {System} from '../process/system.js'
import {parseCommand} from '../process/worker-argv.js'
import {openSqlite} from '../sqlite.js'
import {COMPLETION_FILES, setsUpCompletion} from './checks/machine.js'
import type {Explained} from './explain.js'
import type {
  CompletionFacts,
  FileFacts,
  GraphFiles,
  LockTrial,
  NodeFacts,
  OrphanFacts,
  PathFacts,
  Program,
  ServerFacts,
} from './facts.js'
import type {LockOutcome} from './lock-trial.js'
import {startChild} from './run-child.js'
import {newTrialFile} from './trial-file.js'

/** Time for a disk to answer, in ms. */
const DISK_MS = 3000

/** A server that has just started has no record yet, and one that ends has none any more: looked at again after this, in ms. */
const SECOND_LOOK_MS = 1000

/** Finds out which SQLite there is, by opening a database in memory. */
export function probeNode(): NodeFacts {
  const version = process.versions.node
  try {
    openSqlite(':memory:').close()
    const hasOwn = process.getBuiltinModule('node:module').builtinModules.includes('node:sqlite')
    return {sqlite: hasOwn ? 'Node.js' : 'logseq-server', version}
  } catch (error) {
    return {sqlite: undefined, sqliteProblem: messageOf(error), version}
  }
}

/** Looks at all files of a data directory, in a process of its own. @throws SilentDisk if the disk does not respond */
export async function probeFiles(dataDir: string): Promise<FileFacts> {
  const child = startChild('files', dataDir, DISK_MS)
  try {
    const answer = (await child.answer) as Explained | FileFacts
    if ('problem' in answer)
      throw new ServerError('data-dir-permission', answer.problem, {
        ...(answer.hint !== undefined && {hint: answer.hint}),
      })
    return answer
  } finally {
    child.end()
  }
}

/**
 * Tries whether a lock of SQLite excludes another process on the file system of a data directory, on a file of its own. Two processes
 * take part, because locks of one process never exclude it.
 * @throws SilentDisk if a lock is neither given nor refused in time
 */
export async function probeLocks(dataDir: string): Promise<LockTrial> {
  const path = join(dataDir, newTrialFile())
  const children = [startChild('hold', path, DISK_MS)]
  try {
    const first = (await children[0]!.answer) as LockOutcome
    if (first.outcome === 'no-sqlite') return 'no-sqlite'
    if (first.outcome !== 'held') return 'refused'
    children.push(startChild('try', path, DISK_MS))
    const {outcome} = (await children[1]!.answer) as LockOutcome
    if (outcome === 'busy') return 'works'
    return outcome === 'held' ? 'not-exclusive' : 'refused'
  } finally {
    for (const child of children) child.end()
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(path + suffix, {force: true})
  }
}

/** Finds every program of a name on PATH, each once. */
export function probePath(bin: string, path: string): PathFacts {
  const seen = new Set<string>()
  const programs = path
    .split(delimiter)
    .filter((dir) => dir !== '')
    .map((dir) => join(dir, bin))
    .filter((file) => isProgram(file))
    .flatMap((file): Program[] => {
      const real = realPath(file) ?? file
      if (seen.has(real)) return []
      seen.add(real)
      const owner = packageOf(real)
      return [{path: file, self: isSelf(real), ...(owner !== undefined && {package: owner})}]
    })
  return {bin, programs}
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false // not there, or not to be run
  }
}

function isSelf(real: string): boolean {
  return real === realPath(process.argv[1] ?? '') || real === realPath(packagePath('bin', 'run.js'))
}

/** Returns name and version of the package that a file belongs to. */
function packageOf(file: string): string | undefined {
  for (let dir = dirname(file); dir !== dirname(dir); dir = dirname(dir)) {
    const path = join(dir, 'package.json')
    if (!existsSync(path)) continue
    try {
      const {name, version} = JSON.parse(readFileSync(path, 'utf8')) as {name?: string; version?: string}
      if (name !== undefined) return version === undefined ? name : `${name} ${version}`
    } catch {
      return undefined // it belongs to something else
    }
  }

  return undefined
}

/** Finds out whether completion is set up, from the files that the user's shell reads. */
export function probeCompletion(bin: string, shellPath: string | undefined): CompletionFacts {
  const shell = basename(shellPath ?? '')
  const files = Object.hasOwn(COMPLETION_FILES, shell) ? COMPLETION_FILES[shell]! : undefined
  if (!files) return {installed: false, shell: undefined}
  const home = homedir()
  const texts = files.map((file) => readText(join(home, file.replace('BIN', bin))))
  return {installed: texts.some((text) => setsUpCompletion(text, bin)), shell}
}

function readText(path: string): string {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : ''
  } catch {
    return '' // the shell reads nothing there either
  }
}

/** Inspects the server of each graph, and searches the processes for servers that no record names. */
export async function probeServers(
  system: System,
  dataDir: string,
  graphs: readonly GraphFiles[],
  requester: Requester | undefined,
): Promise<ServerFacts> {
  const {servers} = await listServers({all: true, dataDir, ...(requester && {requester}), system})
  const real = realPath(dataDir) ?? dataDir // servers name the real one
  const first = await findStrays(system, real, graphs)
  if (first.orphans.length === 0) return {...first, servers}
  await system.clock.sleep(SECOND_LOOK_MS)
  const second = await findStrays(system, real, graphs)
  const isStill = (orphan: OrphanFacts) => first.orphans.some(({pid}) => pid === orphan.pid)
  return {orphans: second.orphans.filter((orphan) => isStill(orphan)), scan: second.scan, servers}
}

async function findStrays(
  system: System,
  dataDir: string,
  graphs: readonly GraphFiles[],
): Promise<Pick<ServerFacts, 'orphans' | 'scan'>> {
  const {found, outcome} = await scanForWorkers(system)
  return {orphans: found.flatMap((facts) => strayOf(facts, dataDir, graphs)), scan: outcome}
}

/**
 * @returns the process as an orphan; nothing if the record of its graph names it or cannot be read, or if it serves no graph of
 * this data directory
 */
function strayOf(facts: ProcessFacts, dataDir: string, graphs: readonly GraphFiles[]): OrphanFacts[] {
  const own = graphs.find(({dir}) => servesGraph(facts, {dir, id: graphId(dir)}, realPath))
  if (own) return mayBeNamed(own.dir, facts.pid) ? [] : [{graph: own.name, pid: facts.pid}]
  // The directory of its graph may be gone. Only servers of this program are known then.
  const isOurs = facts.argv !== undefined && parseCommand(facts.argv)?.flags['graph-id'] !== undefined
  const isHere =
    directoriesOf(facts).some((dir) => dirname(dir) === dataDir) && !directoriesOf(facts).some((dir) => existsSync(dir))
  return isOurs && isHere ? [{pid: facts.pid}] : []
}

/** An unreadable record says nothing about the process. */
function mayBeNamed(dir: string, pid: number): boolean {
  const read = readRecord(dir)
  if (read.kind === 'present') return read.record.pid === pid
  return read.kind === 'unreadable' || read.kind === 'failed'
}
