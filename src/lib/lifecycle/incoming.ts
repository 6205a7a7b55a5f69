import {existsSync, realpathSync, rmSync, statSync} from 'node:fs'
import {basename, dirname, join, resolve} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {permissionError} from '../graphs/data-dir.js'
import {DATABASE, SERVER_LOCK} from '../graphs/files.js'
import {hasDatabase} from '../graphs/locate.js'
import {decodeGraphDir} from '../graphs/name.js'
import {copyDatabase, incomingPath, removeIncoming} from '../graphs/replacement.js'
import {isServerLockFree} from '../lock/server-lock.js'
import {shellQuote} from '../shell-quote.js'
import {findProblems} from './find-problems.js'
import type {Operation} from './operation.js'

/** A database file that is to become a graph's. */
export interface Source {
  /** As a person knows it: the name of a backup, or a path. */
  name: string
  path: string
}

/** A copy that is ready to take its place. */
interface Incoming {
  path: string
  warnings: string[]
}

/**
 * Checks that a person's file can be a source.
 * @throws ServerError `usage` when it is not a file; `repo-locked` for the database of a graph that a server has open
 */
export function requireSourceFile(given: string): Source {
  const path = resolve(given)
  const stat = statSync(path, {throwIfNoEntry: false})
  if (!stat?.isFile()) {
    const what = stat ? `${path} is not a file` : `There is no file ${path}`
    throw new ServerError('usage', what, {
      details: {file: path},
      hint: 'Name a database file: one that `graph export` has made, a backup, or the db.sqlite of a graph.',
    })
  }

  // A copy of a file that is being written may be of two moments.
  const isServed =
    basename(path) === DATABASE && existsSync(join(dirname(path), SERVER_LOCK)) && !isServerLockFree(dirname(path))
  if (!isServed) return {name: path, path: realpathSync(path)}
  throw new ServerError('repo-locked', `A server has ${path} open`, {
    details: {file: path},
    hint: hintForServed(realpathSync(dirname(path))),
  })
}

/** The commands are about the graph that the file belongs to, which is another than the one that is asked for. */
function hintForServed(dir: string): string {
  const name = decodeGraphDir(basename(dir))
  if (name === undefined) return 'Stop the server that has the file open, or copy that graph with `graph export`.'
  const graph = `--repo ${shellQuote(name)} --data-dir ${shellQuote(dirname(dir))}`
  return `Copy that graph first: \`logseq graph export copy.sqlite ${graph}\`, or stop its server: \`logseq server stop ${graph}\`.`
}

/**
 * Copies a source into a graph's directory, and checks the whole copy. By the holder of the mutex.
 * @param force accept a damaged one, with a warning
 * @throws ServerError `graph-damaged` with `problems`, `data-dir-permission`, `disk-full`; then nothing is left of the copy
 */
export async function prepareDatabase({force, graph, signal}: Operation, source: Source): Promise<Incoming> {
  removeIncoming(graph.dir)
  const path = incomingPath(graph.dir)
  try {
    const problem = copyProblem(source, path, force) ?? (await checkProblem(path, signal))
    if (problem === undefined) return {path, warnings: []}
    if (force) return {path, warnings: [`${source.name} is damaged: ${problem.what}`]}
    throw new ServerError('graph-damaged', `${source.name} is damaged: ${problem.what}`, {
      details: {repo: graph.repo, file: source.path, problems: problem.problems},
      hint: hasDatabase(graph)
        ? 'Choose another one: `logseq graph backup --list` shows the backups. The graph was left as it is.'
        : 'Choose another file; or take it as it is, if you mean it: `logseq COMMAND --force`. No graph was made.',
    })
  } catch (error) {
    rmSync(path, {force: true})
    throw error
  }
}

interface Problem {
  problems: unknown[]
  what: string
}

function copyProblem({path: from}: Source, to: string, force: boolean): Problem | undefined {
  try {
    copyDatabase(from, to, force)
    return undefined
  } catch (error) {
    if (systemCode(error)?.startsWith('E') && !systemCode(error)!.startsWith('ERR_')) throw permissionError(from, error)
    return {problems: [], what: 'its log cannot be read'}
  }
}

async function checkProblem(path: string, signal: AbortSignal | undefined): Promise<Problem | undefined> {
  const problems = await findProblems(path, signal)
  return problems[0] && {problems: [...problems], what: problems[0].what}
}
