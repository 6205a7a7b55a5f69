import {createHash} from 'node:crypto'
import {lstatSync, readdirSync, realpathSync, type Stats, statSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {backupDirectory} from '../files/backups.js'
import {permissionError} from '../files/file-error.js'
import {DATABASE, RECORD} from '../files/names.js'
import {pathIn} from '../files/path-in.js'
import {userName} from '../files/users.js'
import {nearest} from '../nearest.js'
import {shellQuote} from '../shell-quote.js'
import {DEFAULT_DATA_DIR, expandDataDir, makeDirectory, realDirectory, requireOwnParent} from './data-dir.js'
import {describeAround, graphAround, hintOfAround, nestedGraphError} from './graph-around.js'
import {
  decodeGraphDir,
  encodeGraphDir,
  type GraphName,
  parseGraphName,
  REPO_PREFIX,
  reservedReason,
  spellings,
  spellingsOf,
} from './name.js'
import {holdsNotes, notesDataDirError, notesError} from './notes.js'
import {requireShortPath} from './short-path.js'

/** Graph and its directory. Every path is real and absolute. */
export interface Graph extends GraphName {
  dataDir: string
  /** `<data-dir>/<encoded name>` */
  dir: string
  /** SHA-256 of `dir`, in hex: one ASCII word that identifies the graph in any process list. */
  id: string
  /** Warnings about how the directory was found. */
  warnings: string[]
}

/** Returns the word that identifies a graph directory in process lists. */
export function graphId(dir: string): string {
  return createHash('sha256').update(dir).digest('hex')
}

/**
 * Returns true if the directory holds a graph, or the record of a server.
 * @throws ServerError `data-dir-permission` if it is not accessible, which does not mean "no"
 */
function isGraphDir(dir: string): boolean {
  return holdsDatabase(dir) || isThere(pathIn(dir, RECORD))
}

/**
 * An empty file counts as the database of a graph that is not created yet. Among notes it does not, unless there are backups
 * of a graph that a restore can bring back.
 */
function holdsDatabase(dir: string): boolean {
  const stat = lookAt(pathIn(dir, DATABASE))
  if (stat === undefined) return false
  return !(stat.isFile() && stat.size === 0 && holdsNotes(dir)) || isThere(backupDirectory(dir))
}

function isThere(path: string): boolean {
  return lookAt(path) !== undefined
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, {throwIfNoEntry: false})
  } catch (error) {
    // an older spelling may exceed the limit of the file system, so nothing has that name
    if (['ENAMETOOLONG', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined
    throw permissionError(path, error)
  }
}

/**
 * Finds the graph that `repo` names.
 * @param mayCreate true for an operation that can create the graph, which the hint then suggests
 * @throws ServerError `invalid-graph-name`, `graph-not-exists` (with the nearest name as its hint), `not-a-db-graph`
 * for a directory of notes, `data-dir-permission`
 */
export function findGraph(repo: string, dataDir: string, mayCreate = false): Graph {
  const name = parseGraphName(repo)
  const path = expandDataDir(dataDir)
  const real = realDirectory(path)
  const found = real === undefined ? undefined : choose(name, real)
  if (found) return found
  throw missingGraph(name, path, mayCreate)
}

/**
 * Creates the error for a missing graph. The hint names what is at its path, or the nearest name.
 * @param mayCreate true for an operation that can create the graph
 */
export function missingGraph({name, repo}: GraphName, dataDir: string, mayCreate = false): ServerError {
  const other = firstError(spellings(name), (dir) => notesError({name, repo}, join(dataDir, dir)))
  const error = other ?? notesDataDirError({name, repo}, dataDir)
  if (error) return error
  const known = listGraphs(dataDir).map((graph) => graph.name)
  const like = nearest(
    name,
    known.filter((other) => other !== name),
  )
  const around = graphAround(dataDir)
  const place = around ? `${dataDir}: ${describeAround(dataDir, around)}` : dataDir
  return new ServerError('graph-not-exists', `Graph ${JSON.stringify(name)} does not exist in ${place}`, {
    details: {graph: name, repo, 'data-dir': dataDir, ...(like !== undefined && {nearest: like})},
    hint: around ? hintOfAround(around) : (obstacle(name, dataDir) ?? hintForMissing(name, like, mayCreate)),
  })
}

/** Describes what prevents a start from creating the graph, so that no hint suggests it. */
function obstacle(name: string, dataDir: string): string | undefined {
  const path = [dataDir, join(dataDir, encodeGraphDir(name))].find((dir) => isThere(dir) && !isDirectory(dir))
  return path === undefined ? undefined : `${path} is a broken link, or not a directory: rename or remove it.`
}

function isDirectory(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false})?.isDirectory() ?? false
}

/** Returns true if the directory holds a database, not only a record. */
export function hasDatabase({dir}: Graph): boolean {
  return holdsDatabase(dir)
}

function hintForMissing(name: string, like: string | undefined, mayCreate: boolean): string {
  if (like !== undefined) {
    const meant = `Did you mean ${JSON.stringify(like)}: \`logseq COMMAND --repo ${shellQuote(like)}\`?`
    return mayCreate ? `${meant} \`logseq COMMAND --create\` creates a new graph.` : meant
  }

  const reserved = reservedReason(name)
  if (reserved !== undefined) return `Choose another name: ${reserved}.`
  return mayCreate
    ? '`logseq graph list` shows the graphs; `logseq COMMAND --create` creates this one.'
    : '`logseq graph list` shows the graphs.'
}

/**
 * Finds the graph that `repo` names, or creates a directory for it. The server creates the graph itself.
 * @param force as root, also create it in a directory of another user
 * @throws ServerError `invalid-graph-name`, also for a name under which Logseq would not list the graph;
 * `not-a-db-graph` for a directory of notes; `usage` for the directory of another graph; `data-dir-permission`, also for a path that
 * is too long
 */
export function findOrMakeGraph(repo: string, dataDir: string, force = false): Graph {
  const name = parseGraphName(repo)
  const path = expandDataDir(dataDir)
  const real = realDirectory(path)
  const found = real === undefined ? undefined : choose(name, real)
  if (found && hasDatabase(found)) return found
  const error =
    firstError(spellings(name.name), (dir) => notesError(name, join(path, dir))) ??
    (found ? undefined : (notesDataDirError(name, path) ?? nestedGraphError(name, path)))
  if (error) throw error
  const dir = found?.dir ?? join(real ?? path, encodeGraphDir(name.name))
  requireShortPath(dir)
  if (found) return found
  const reserved = reservedReason(name.name)
  if (reserved) {
    throw new ServerError('invalid-graph-name', `${JSON.stringify(name.name)} is not a valid graph name: ${reserved}`, {
      details: {repo: name.repo},
    })
  }

  if (!force) requireOwnParent(dir)
  const parent = makeDirectory(path)
  return graphAt(name, parent, makeDirectory(join(parent, encodeGraphDir(name.name))))
}

function firstError(
  dirs: readonly string[],
  errorOf: (dir: string) => ServerError | undefined,
): ServerError | undefined {
  return dirs.map((dir) => errorOf(dir)).find((error) => error !== undefined)
}

/** Lists the graphs of a data directory by name. A missing directory has none. */
export function listGraphs(dataDir: string): Graph[] {
  return listNamed(dataDir)
}

/** Lists those with the record of a server, for which less is read. */
export function listServedGraphs(dataDir: string): Graph[] {
  return listNamed(dataDir, hasRecord)
}

/** True also where it is unknown, so that the graph is listed with the reason. */
function hasRecord(entry: string, dataDir: string): boolean {
  try {
    return isThere(pathIn(dataDir, `${entry}/${RECORD}`))
  } catch {
    return true // an inaccessible directory
  }
}

/** @param isWanted decides about an entry of the data directory, before its name is decoded */
function listNamed(dataDir: string, isWanted?: (entry: string, dataDir: string) => boolean): Graph[] {
  const real = realDirectory(expandDataDir(dataDir))
  if (real === undefined) return []
  const byDirectory = new Map<string, Graph>()
  for (const name of listGraphNames(real, isWanted)) {
    const graph = listed({name, repo: REPO_PREFIX + name}, real)
    if (graph && !byDirectory.has(graph.dir)) byDirectory.set(graph.dir, graph)
  }

  return [...byDirectory.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Lists an inaccessible graph too, so that it does not hide itself or the others. */
function listed(name: GraphName, dataDir: string): Graph | undefined {
  try {
    return choose(name, dataDir)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    return graphAt(name, dataDir, join(dataDir, encodeGraphDir(name.name)), [error.message])
  }
}

function listGraphNames(real: string, isWanted: (entry: string, dataDir: string) => boolean = () => true): string[] {
  try {
    const entries = readdirSync(real).filter((entry) => isWanted(entry, real))
    const names = entries.map((entry) => decodeGraphDir(entry))
    return [...new Set(names.filter((name) => name !== undefined))].sort()
  } catch (error) {
    throw permissionError(real, error)
  }
}

/**
 * Chooses among spellings: today's, or an older one if only that holds the graph. Each directory has one name, whatever
 * links lead to it.
 */
function choose(name: GraphName, dataDir: string): Graph | undefined {
  const [chosen, ...others] = spellings(name.name).filter((dir) => isGraphDir(pathIn(dataDir, dir)))
  if (chosen === undefined) return undefined
  const path = pathIn(dataDir, chosen)
  const reserved = reservedReason(name.name)
  if (reserved !== undefined) throw reservedGraph(name, path, reserved)
  const real = realDirectory(path)
  if (real === undefined) return undefined
  const entry = lookAt(path)
  if (entry === undefined) return undefined // moved meanwhile
  requireTrustedLink(path, entry, dataDir)
  const warnings = others
    .filter((other) => realPathOf(pathIn(dataDir, other)) !== real)
    .map(
      (other) =>
        `${JSON.stringify(name.name)} has two directories; ${JSON.stringify(chosen)} is used, ${JSON.stringify(other)} is ignored`,
    )
  const own = real === path ? name.name : nameOfDirectory(real, dataDir, name.name)
  if (own === name.name) return graphAt(name, dataDir, real, warnings)
  const isLink = `${JSON.stringify(name.name)} is a link to the graph ${JSON.stringify(own)}`
  return graphAt({name: own, repo: REPO_PREFIX + own}, dataDir, real, [...warnings, isLink])
}

/**
 * Refuses a link that a third user has made: where all may write, it would lead one graph's name to another graph of the same
 * person. The kernel refuses to follow such a link, too (fs.protected_symlinks), but its target is looked up here.
 */
function requireTrustedLink(path: string, link: Stats, dataDir: string): void {
  const self = process.getuid?.()
  if (self === undefined || !link.isSymbolicLink()) return
  if ([self, 0, statSync(dataDir).uid].includes(link.uid)) return
  throw new ServerError('data-dir-permission', `${path} is a link that belongs to ${userName(link.uid)}, not to you`, {
    details: {path, uid: link.uid},
    hint: 'Name the data directory that holds the graph itself with --data-dir.',
  })
}

/**
 * Returns the name of a directory to which a link leads: its own name in the data directory, else that of the first
 * link.
 */
function nameOfDirectory(real: string, dataDir: string, name: string): string {
  if (dirname(real) === dataDir) return decodeGraphDir(basename(real)) ?? name
  const isLinked = (other: string) => spellings(other).some((dir) => realPathOf(join(dataDir, dir)) === real)
  return listGraphNames(dataDir).find((other) => isLinked(other)) ?? name
}

/**
 * Returns true if a name leads to the directory of a graph: in the given data directory, the real one or the default
 * one. Links in several data directories may give it several names.
 */
export function leadsTo(repo: string, {dataDir, dir}: Graph): boolean {
  const dataDirs = [dataDir, dirname(dir), usualDataDir()].filter((parent) => parent !== undefined)
  return spellingsOf(repo).some((spelling) => dataDirs.some((parent) => realPathOf(join(parent, spelling)) === dir))
}

function usualDataDir(): string | undefined {
  try {
    return expandDataDir(DEFAULT_DATA_DIR)
  } catch {
    return undefined // a user without a home directory
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined // a broken or inaccessible link: not this directory
  }
}

/** Creates the error for a directory that holds a graph under a reserved name, which Logseq does not list. */
function reservedGraph({name, repo}: GraphName, dir: string, reason: string): ServerError {
  return new ServerError('invalid-graph-name', `${JSON.stringify(name)} is not a valid graph name: ${reason}`, {
    details: {repo, dir},
    hint: `Rename its directory: mv ${shellQuote(dir)} ${shellQuote(`${dir}-graph`)}`,
  })
}

function graphAt(name: GraphName, dataDir: string, dir: string, warnings: string[] = []): Graph {
  return {...name, dataDir, dir, id: graphId(dir), warnings}
}
