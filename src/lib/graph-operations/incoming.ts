import {existsSync, realpathSync, statSync} from 'node:fs'
import {basename, dirname, extname, join, resolve} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {permissionError} from '../files/file-error.js'
import {DATABASE, SERVER_LOCK} from '../files/names.js'
import {BESIDE_DATABASE, readHead} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import {hasDatabase} from '../graphs/locate.js'
import {decodeGraphDir} from '../graphs/name.js'
import {hasSmallDatabase} from '../graphs/not-created.js'
import {copyDatabase, incomingPath, removeIncoming} from '../graphs/replacement.js'
import {invalidWarning} from '../graphs/validity-warning.js'
import type {Operation} from '../lifecycle/operation.js'
import {isServerLockFree} from '../lock/server-lock.js'
import {shellQuote} from '../shell-quote.js'
import {isFull, SQLITE_MAGIC} from '../sqlite.js'
import {countInvalid, type FileProblem, findProblems, makeDatabase} from './closed-files.js'

/** Database file that will become a graph's database. */
export interface Source {
  /** Name of the backup, or path. */
  name: string
  path: string
}

/** Prepared copy. */
export interface Incoming {
  /** Number of entities that Logseq would not accept; undefined if they were not counted. */
  invalid?: number
  path: string
  warnings: string[]
}

/**
 * Checks that a user's file can be a source.
 * @throws ServerError `usage` if it is not a file; `repo-locked` for the database of a graph that a server has open
 */
export function requireSourceFile(given: string): Source {
  const path = resolve(given)
  const stat = statSync(path, {throwIfNoEntry: false})
  if (!stat?.isFile()) {
    const what = stat ? `${path} is not a file` : `File ${path} does not exist`
    throw new ServerError('usage', what, {
      details: {file: path},
      hint: 'Name a database file: an export, a backup, or the db.sqlite of a graph.',
    })
  }

  // A copy of a file during a write may be inconsistent.
  const isServed =
    basename(path) === DATABASE && existsSync(join(dirname(path), SERVER_LOCK)) && !isServerLockFree(dirname(path))
  if (!isServed) return {name: path, path: realpathSync(path)}
  throw new ServerError('repo-locked', `A server has ${path} open`, {
    details: {file: path},
    hint: hintForServed(realpathSync(dirname(path))),
  })
}

/** Suggests commands for the graph that the file belongs to, which is not the requested one. */
function hintForServed(dir: string): string {
  const name = decodeGraphDir(basename(dir))
  if (name === undefined) return 'Stop the server that has the file open, or export that graph first.'
  const graph = `--repo ${shellQuote(name)} --data-dir ${shellQuote(dirname(dir))}`
  return `Copy that graph first: \`logseq graph export copy.sqlite ${graph}\`, or stop its server: \`logseq server stop ${graph}\`.`
}

/**
 * Makes a database in a graph's directory from a source: a checked copy of a database, or what an EDN export says. The
 * caller holds the start lock.
 * @param force accept what is damaged or not valid, with a warning
 * @throws ServerError as `prepareDatabase`; `usage`, `graph-not-valid` for an EDN export; nothing is left then
 */
export async function prepareGraph(op: Operation, source: Source): Promise<Incoming> {
  const incoming = isEdn(source) ? await prepareExport(op, source) : await prepareDatabase(op, source)
  const {path, warnings} = incoming
  try {
    // A damaged one has its warning.
    const invalid = incoming.invalid ?? (warnings.length > 0 ? 0 : await countInvalid(path, op.signal))
    if (invalid === 0) return incoming
    return {path, warnings: [...warnings, invalidWarning(invalid, op.graph.name)]}
  } catch (error) {
    removeIfThere(path)
    throw error
  }
}

function isEdn({path}: Source): boolean {
  const head = readHead(path, SQLITE_MAGIC.length).toString('latin1')
  if (head === SQLITE_MAGIC) return false
  return extname(path).toLowerCase() === '.edn' || /^(?:\u00EF\u00BB\u00BF)?\s*\{/.test(head)
}

async function prepareExport({force, graph, signal}: Operation, {name, path}: Source): Promise<Incoming> {
  removeIncoming(graph.dir)
  const target = incomingPath(graph.dir)
  try {
    const invalid = await makeDatabase({force, name, path}, target, signal)
    return {invalid, path: target, warnings: []}
  } catch (error) {
    for (const suffix of ['', ...BESIDE_DATABASE]) removeIfThere(target + suffix)
    if (error instanceof ServerError) throw error
    if (isFull(error)) throw new ServerError('disk-full', `Cannot use ${target}: the disk is full`, {cause: error})
    throw systemCode(error)?.startsWith('E') ? permissionError(target, error) : error
  }
}

/**
 * Copies a source into a graph's directory, and checks the whole copy. The caller holds the start lock.
 * @param force accept a damaged one, with a warning
 * @throws ServerError `graph-damaged` with `problems`, `data-dir-permission`, `disk-full`; the copy is removed then
 */
export async function prepareDatabase({force, graph, report, signal}: Operation, source: Source): Promise<Incoming> {
  removeIncoming(graph.dir)
  const path = incomingPath(graph.dir)
  try {
    const shown = source.name.replace(/^The /, 'the ')
    report.progress(`Copying ${shown}`)
    const uncopied = await copyProblem(source, path, {force, signal})
    report.progress(`Checking ${shown}`)
    const problem = uncopied ?? (await checkProblem(path, source, signal))
    if (problem === undefined) return {path, warnings: []}
    const unopenable = problem.problems[0]?.unopenable ?? false
    const isNew = !hasDatabase(graph) || hasSmallDatabase(graph)
    if (force && !unopenable) return {path, warnings: [`${source.name} is damaged: ${problem.what}`]}
    throw new ServerError('graph-damaged', `${source.name} is damaged: ${problem.what}`, {
      details: {repo: graph.repo, file: source.path, problems: problem.problems},
      hint: unopenable
        ? `Choose another file: no server could open this one. ${isNew ? 'No graph was created' : 'The graph was not changed'}.`
        : isNew
          ? 'Choose another file, or import it anyway: `logseq COMMAND --force`. No graph was created.'
          : 'Choose another backup: `logseq graph backup --list` shows them. The graph was not changed.',
    })
  } catch (error) {
    removeIfThere(path)
    throw error
  }
}

interface Problem {
  problems: FileProblem[]
  what: string
}

async function copyProblem(
  {path: from}: Source,
  to: string,
  {force, signal}: Pick<Operation, 'force' | 'signal'>,
): Promise<Problem | undefined> {
  try {
    await copyDatabase(from, to, force, signal)
    return undefined
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof ServerError) throw error // something else than a file of ours, or no room
    if (/^E(?!RR_)/.test(systemCode(error) ?? '')) throw permissionError(failedAt(error, from, to), error)
    return {problems: [], what: 'its log is not readable'}
  }
}

/** Returns the place that a copy failed at: its source, or the directory of the graph, which may be read-only or full. */
function failedAt(error: unknown, from: string, to: string): string {
  const {path} = error as NodeJS.ErrnoException
  return path?.startsWith(to) || systemCode(error) === 'EROFS' ? dirname(to) : from
}

/** Checks a copy. The problems name the source, because the copy is removed. */
async function checkProblem(
  path: string,
  source: Source,
  signal: AbortSignal | undefined,
): Promise<Problem | undefined> {
  const problems = (await findProblems(path, signal)).map((problem) => ({
    ...problem,
    what: problem.what.replaceAll(path, source.path),
  }))
  return problems[0] && {problems, what: problems[0].what}
}
