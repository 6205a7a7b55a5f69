import {createHash} from 'node:crypto'
import {lstatSync, readdirSync, realpathSync, statSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {shellQuote} from '../shell-quote.js'
import {DEFAULT_DATA_DIR, expandDataDir, makeDirectory, permissionError, realDirectory} from './data-dir.js'
import {DATABASE, RECORD} from './files.js'
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
import {nearest} from './nearest.js'
import {notesDataDirError, notesError} from './notes.js'

/** One graph and the place it is kept in. Every path is real: no links, absolute. */
export interface Graph extends GraphName {
  dataDir: string
  /** `<data-dir>/<encoded name>` */
  dir: string
  /** sha256 of `dir`, in hex: one ASCII word that names this graph in any process list. */
  id: string
  /** What a person should know about how the directory was found. */
  warnings: string[]
}

/** The word by which a graph directory is known in process lists. */
export function graphId(dir: string): string {
  return createHash('sha256').update(dir).digest('hex')
}

/**
 * Does the directory hold a graph, or the record of a daemon that serves one?
 * @throws ServerError `data-dir-permission` when it may not be looked into: that is not the same as "no"
 */
function isGraphDir(dir: string): boolean {
  return isThere(join(dir, DATABASE)) || isThere(join(dir, RECORD))
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, {throwIfNoEntry: false}) !== undefined
  } catch (error) {
    // an older spelling may be longer than the file system allows: then nothing has that name
    if (['ENAMETOOLONG', 'ENOTDIR'].includes(systemCode(error) ?? '')) return false
    throw permissionError(path, error)
  }
}

/**
 * Finds the graph that `repo` names.
 * @throws ServerError `invalid-graph-name`, `graph-not-exists` (with the nearest name there is as its hint),
 *   `not-a-db-graph` for a directory of notes, `data-dir-permission`
 */
export function findGraph(repo: string, dataDir: string): Graph {
  const name = parseGraphName(repo)
  const path = expandDataDir(dataDir)
  const real = realDirectory(path)
  const found = real === undefined ? undefined : choose(name, real)
  if (found) return found
  throw missingGraph(name, path)
}

/** The error of a graph that is not there: its directory holds something else, or the nearest name there is is the hint. */
export function missingGraph({name, repo}: GraphName, dataDir: string): ServerError {
  const other = firstError(spellings(name), (dir) => notesError({name, repo}, join(dataDir, dir)))
  const error = other ?? notesDataDirError({name, repo}, dataDir)
  if (error) return error
  const known = listGraphs(dataDir).map((graph) => graph.name)
  const like = nearest(
    name,
    known.filter((other) => other !== name),
  )
  return new ServerError('graph-not-exists', `There is no graph ${JSON.stringify(name)} in ${dataDir}`, {
    details: {graph: name, repo, 'data-dir': dataDir, ...(like !== undefined && {nearest: like})},
    hint: obstacle(name, dataDir) ?? hintForMissing(name, like),
  })
}

/** What stands in the place where a start would make the graph, so that no hint advises it. */
function obstacle(name: string, dataDir: string): string | undefined {
  const path = [dataDir, join(dataDir, encodeGraphDir(name))].find((dir) => isThere(dir) && !isDirectory(dir))
  return path === undefined ? undefined : `${path} is a link to nothing, or not a directory: rename or remove it.`
}

function isDirectory(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false})?.isDirectory() ?? false
}

/** Is there a graph in this directory, or only the record of a daemon? */
export function hasDatabase({dir}: Graph): boolean {
  return isThere(join(dir, DATABASE))
}

function hintForMissing(name: string, like: string | undefined): string {
  if (like !== undefined)
    return `Did you mean ${JSON.stringify(like)}: \`logseq COMMAND --repo ${shellQuote(like)}\`? \`logseq server start --create\` makes a new graph.`
  const reserved = reservedReason(name)
  if (reserved !== undefined) return `Choose another name: ${reserved}.`
  return '`logseq graph list` shows the graphs; `logseq server start --create` makes this one.'
}

/**
 * Finds the graph that `repo` names, or makes a directory for it. The daemon makes the graph itself.
 * @throws ServerError `invalid-graph-name`, also for a name under which Logseq would never list the graph;
 *   `not-a-db-graph` for a directory of notes; `data-dir-permission`
 */
export function findOrMakeGraph(repo: string, dataDir: string): Graph {
  const name = parseGraphName(repo)
  const path = expandDataDir(dataDir)
  const real = realDirectory(path)
  const found = real === undefined ? undefined : choose(name, real)
  if (found && hasDatabase(found)) return found
  const error =
    firstError(spellings(name.name), (dir) => notesError(name, join(path, dir))) ??
    (found ? undefined : notesDataDirError(name, path))
  if (error) throw error
  if (found) return found
  const reserved = reservedReason(name.name)
  if (reserved) {
    throw new ServerError('invalid-graph-name', `A graph cannot be called ${JSON.stringify(name.name)}: ${reserved}`, {
      details: {repo: name.repo},
    })
  }

  const parent = makeDirectory(path)
  return graphAt(name, parent, makeDirectory(join(parent, encodeGraphDir(name.name))))
}

function firstError(
  dirs: readonly string[],
  errorOf: (dir: string) => ServerError | undefined,
): ServerError | undefined {
  return dirs.map((dir) => errorOf(dir)).find((error) => error !== undefined)
}

/** Every graph of a data directory, in the order of their names. A directory that is not there has none. */
export function listGraphs(dataDir: string): Graph[] {
  const real = realDirectory(expandDataDir(dataDir))
  if (real === undefined) return []
  return listGraphNames(real)
    .map((name) => listed({name, repo: REPO_PREFIX + name}, real))
    .filter((graph, i, all) => graph !== undefined && all.findIndex((other) => other?.dir === graph.dir) === i)
    .filter((graph) => graph !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A graph that may not be looked into is listed all the same: it must not hide itself or the others. */
function listed(name: GraphName, dataDir: string): Graph | undefined {
  try {
    return choose(name, dataDir)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    return graphAt(name, dataDir, join(dataDir, encodeGraphDir(name.name)), [error.message])
  }
}

function listGraphNames(real: string): string[] {
  try {
    const names = readdirSync(real).map((entry) => decodeGraphDir(entry))
    return [...new Set(names.filter((name) => name !== undefined))].sort()
  } catch (error) {
    throw permissionError(real, error)
  }
}

/**
 * Today's spelling of the directory wins; an older one is used where it alone holds the graph. What is found is listed,
 * and under the same name: each directory has one name, whatever links lead to it.
 */
function choose(name: GraphName, dataDir: string): Graph | undefined {
  const [chosen, ...others] = spellings(name.name).filter((dir) => isGraphDir(join(dataDir, dir)))
  if (chosen === undefined) return undefined
  const reserved = reservedReason(name.name)
  if (reserved !== undefined) throw reservedGraph(name, join(dataDir, chosen), reserved)
  const real = realDirectory(join(dataDir, chosen))
  if (real === undefined) return undefined
  const warnings = others
    .filter((other) => realPathOf(join(dataDir, other)) !== real)
    .map(
      (other) =>
        `${JSON.stringify(name.name)} has two directories; ${JSON.stringify(chosen)} is used, ${JSON.stringify(other)} is not`,
    )
  const own = real === join(dataDir, chosen) ? name.name : nameOfDirectory(real, dataDir, name.name)
  if (own === name.name) return graphAt(name, dataDir, real, warnings)
  const isLink = `${JSON.stringify(name.name)} is a link to the graph ${JSON.stringify(own)}`
  return graphAt({name: own, repo: REPO_PREFIX + own}, dataDir, real, [...warnings, isLink])
}

/** The one name of a directory to which a link leads: its own in the data directory, else that of the first of the links. */
function nameOfDirectory(real: string, dataDir: string, name: string): string {
  if (dirname(real) === dataDir) return decodeGraphDir(basename(real)) ?? name
  const isLinked = (other: string) => spellings(other).some((dir) => realPathOf(join(dataDir, dir)) === real)
  return listGraphNames(dataDir).find((other) => isLinked(other)) ?? name
}

/**
 * Does a name lead to the directory of a graph: in the graph's own data directory, in the one that really holds it, or in the
 * usual one? Links in several data directories may give one directory several names.
 */
export function leadsTo(repo: string, {dataDir, dir}: Graph): boolean {
  const dataDirs = [dataDir, dirname(dir), usualDataDir()].filter((parent) => parent !== undefined)
  return spellingsOf(repo).some((spelling) => dataDirs.some((parent) => realPathOf(join(parent, spelling)) === dir))
}

function usualDataDir(): string | undefined {
  try {
    return expandDataDir(DEFAULT_DATA_DIR)
  } catch {
    return undefined // a user without a home
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined // a link to nothing, or closed to us: it is not the directory that is looked for
  }
}

/** The error of a directory that holds a graph under a name that Logseq keeps for itself: it is never listed. */
function reservedGraph({name, repo}: GraphName, dir: string, reason: string): ServerError {
  return new ServerError('invalid-graph-name', `A graph cannot be called ${JSON.stringify(name)}: ${reason}`, {
    details: {repo, dir},
    hint: `Give its directory another name: mv ${shellQuote(dir)} ${shellQuote(`${dir}-graph`)}`,
  })
}

function graphAt(name: GraphName, dataDir: string, dir: string, warnings: string[] = []): Graph {
  return {...name, dataDir, dir, id: graphId(dir), warnings}
}
