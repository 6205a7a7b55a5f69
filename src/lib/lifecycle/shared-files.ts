import {lstatSync, unlinkSync} from 'node:fs'
import {join} from 'node:path'

import {ServerError} from '../errors.js'
import {permissionError} from '../files/file-error.js'
import {DATABASE, SERVER_LOCK} from '../files/names.js'
import {isSameFile} from '../files/own-files.js'
import {findGraph, type Graph} from '../graphs/locate.js'
import {parseGraphName} from '../graphs/name.js'
import {acquireServerLock, DYING_MS, type ServerLock} from '../lock/server-lock.js'
import {mayBeWorker, servesGraph} from '../process/match.js'
import {realPath} from '../process/scan.js'
import type {System} from '../process/system.js'
import {parseCommand} from '../process/worker-argv.js'
import {shellQuote} from '../shell-quote.js'
import type {Operation} from './operation.js'

/** Maximum time that a server of this directory holds the server lock without a record, in ms: at its start and end. */
const UNRECORDED_MS = 2000

/** Server that has the files of a directory open under names in another one. */
interface Sharer {
  dataDir: string
  pid: number
  repo: string
}

/**
 * Refuses to start in a directory whose files another directory has, too (hard links, as `cp -al` makes), while that one is
 * served: a lock is on a file, not on its name, so that no wait for it would end. Where only the server lock is still shared,
 * since one of the databases was replaced by a file of its own, this directory gets another one.
 * @throws ServerError `repo-locked`
 */
export async function requireUnsharedFiles({graph, signal, system}: Operation): Promise<void> {
  const lockPath = join(graph.dir, SERVER_LOCK)
  const links = [lockPath, join(graph.dir, DATABASE)].filter((path) => isShared(path))
  if (links.length === 0) return
  const sharers = await findSharers(system, graph, links)
  const sharer = sharers.find((one) => !hasOtherDatabase(system, graph, one))
  if (!sharer) {
    // Another start may have given this directory a lock of its own, which a server holds by now.
    if (!isShared(lockPath)) return
    if (sharers.length > 0) return unlinkOwnFile(lockPath)
    const lock = await acquireServerLock(graph.dir, system.clock, UNRECORDED_MS, signal)
    lock?.release()
    if (lock) return
  }

  throw new ServerError(
    'repo-locked',
    `The files of ${graph.name} are hard links to those of ${sharer ? `${sharer.repo} in ${sharer.dataDir}` : 'another directory'}, ` +
      `which ${sharer ? `a server has open (pid ${sharer.pid})` : 'another program has open'}`,
    {
      details: {repo: graph.repo, dir: graph.dir, ...(sharer && {pid: sharer.pid})},
      hint: sharer ? hintFor(graph, sharer) : 'Close the program that has the graph open under its other name.',
    },
  )
}

/**
 * Takes the server lock, for a change of the files of a graph.
 * @returns undefined if another process has the graph open
 * @throws ServerError `repo-locked` as `requireUnsharedFiles`
 */
export async function acquireUnsharedLock(op: Operation): Promise<ServerLock | undefined> {
  await requireUnsharedFiles(op)
  return acquireServerLock(op.graph.dir, op.system.clock, DYING_MS, op.signal)
}

/** Returns true if the server has certainly another database than this directory. In a container, its path may be of another one here. */
function hasOtherDatabase({processes}: System, {dir}: Graph, {dataDir, pid, repo}: Sharer): boolean {
  const path = join(dir, DATABASE)
  try {
    const other = lstatSync(join(findGraph(repo, dataDir).dir, DATABASE))
    return !isSameFile(other, lstatSync(path, {throwIfNoEntry: false})) && processes.opens(pid, path) !== true
  } catch {
    return false // the server's directory was moved, or is out of reach
  }
}

function unlinkOwnFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    throw permissionError(path, error)
  }
}

/** Returns a hint that gives the copy its own files; otherwise both names of one graph would be written in turn. */
function hintFor({dataDir, dir, name}: Graph, sharer: Sharer): string {
  const other = `--repo ${shellQuote(sharer.repo)} --data-dir ${shellQuote(sharer.dataDir)}`
  const file = shellQuote(`${dir}.sqlite`)
  return (
    `Give the copy files of its own: \`logseq graph export ${file} ${other}\`, then ` +
    `\`mv ${shellQuote(dir)} ${shellQuote(`${dir}.linked`)}\`, then ` +
    `\`logseq graph import ${file} --repo ${shellQuote(name)} --data-dir ${shellQuote(dataDir)}\`.`
  )
}

/**
 * Warns of a database with a second name, as a hard link.
 * @returns a warning; none if it has no other name
 */
export function warnOfSharedFiles({dir, name}: Graph): string[] {
  const path = join(dir, DATABASE)
  if (!isShared(path)) return []
  return [
    `The database of ${name} has a second name on this disk, a hard link as \`cp -al\` makes: what is written here changes ` +
      'that one, too. To give it a file of its own, stop the server and copy it: ' +
      `\`cp -p ${shellQuote(path)} ${shellQuote(`${path}.own`)} && mv ${shellQuote(`${path}.own`)} ${shellQuote(path)}\`.`,
  ]
}

function isShared(path: string): boolean {
  return (lstatSync(path, {throwIfNoEntry: false})?.nlink ?? 1) > 1
}

/** Finds the servers of other directories that have one of these files open: none where the system does not report open files. */
async function findSharers({processes}: System, graph: Graph, paths: readonly string[]): Promise<Sharer[]> {
  const sharers: Sharer[] = []
  const all = await processes.list().catch(() => []) // unreadable: none is found
  for (const {pid} of all.filter((facts) => mayBeWorker(facts))) {
    if (!paths.some((path) => processes.opens(pid, path) === true)) continue
    const facts = await processes.getProcess(pid)
    const {'data-dir': dataDir, repo} = (facts?.argv && parseCommand(facts.argv)?.flags) ?? {}
    if (facts && dataDir && repo && !servesGraph(facts, graph, realPath))
      sharers.push({dataDir, pid, repo: parseGraphName(repo).name})
  }

  return sharers
}
