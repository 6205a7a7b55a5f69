import {lstatSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'

import {ServerError} from '../errors.js'
import {DATABASE, SERVER_LOCK} from '../files/names.js'
import {readHead} from '../files/own-files.js'
import {shellQuote} from '../shell-quote.js'
import {DEFAULT_DATA_DIR, expandDataDir, realDirectory} from './data-dir.js'
import {decodeGraphDir, type GraphName} from './name.js'

/** Graph whose own directory, or a directory in it, was named as the directory of graphs. */
export interface GraphAround {
  /** Directory of the graphs, in which it is. */
  dataDir: string
  dir: string
  /** Undefined if its directory has no name of a graph. */
  name: string | undefined
}

/**
 * Finds the graph that a data directory belongs to. A graph in it would be a part of that graph, which neither Logseq nor a list shows.
 * @param given data directory, which may be missing
 */
export function graphAround(given: string): GraphAround | undefined {
  for (let dir = nearestDirectory(expandDataDir(given)); dir !== dirname(dir); dir = dirname(dir))
    if (isGraph(dir)) return around(dir)
  return undefined
}

/** The schema of a graph, in the first page of its database. */
const SCHEMA = 'CREATE TABLE kvs'

/** Maximum size of a page of SQLite, in bytes. */
const MAX_PAGE = 65_536

/** A `db.sqlite` may be that of another program. What a server has just created may be in its log alone. */
function isGraph(dir: string): boolean {
  const database = join(dir, DATABASE)
  return isThere(database) && (isThere(join(dir, SERVER_LOCK)) || firstPage(database).includes(SCHEMA))
}

function firstPage(path: string): string {
  try {
    return readHead(path, MAX_PAGE).toString('latin1')
  } catch {
    return '' // a directory, or a file of another user: whose graph it is cannot be seen
  }
}

function nearestDirectory(path: string): string {
  return realDirectory(path) ?? (dirname(path) === path ? path : nearestDirectory(dirname(path)))
}

function around(dir: string): GraphAround {
  return {dataDir: dirname(dir), dir, name: decodeGraphDir(basename(dir))}
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, {throwIfNoEntry: false}) !== undefined
  } catch {
    return false // an inaccessible directory, for which the caller has an error
  }
}

/** Describes the data directory, for a message. */
export function describeAround(dataDir: string, {dir, name}: GraphAround): string {
  const whose = name === undefined ? 'a graph' : `the graph ${JSON.stringify(name)}`
  return realDirectory(expandDataDir(dataDir)) === dir
    ? `it is the directory of ${whose} itself`
    : `it is in the directory of ${whose}, ${dir}`
}

/** Suggests the directory in which the graph is. */
export function hintOfAround({dataDir, name}: GraphAround): string {
  const itself = name === undefined ? '' : ` The graph itself is called ${JSON.stringify(name)} there.`
  return `Name the directory of the graphs: \`logseq COMMAND --data-dir ${shellQuote(dataDir)}\`.${itself}`
}

/** Explains that no graph is created inside another one. @returns undefined if it would not be */
export function nestedGraphError({name, repo}: GraphName, dataDir: string): ServerError | undefined {
  const found = graphAround(dataDir)
  if (!found) return undefined
  return new ServerError(
    'usage',
    `Cannot create ${JSON.stringify(name)} in ${dataDir}: ${describeAround(dataDir, found)}`,
    {
      details: {graph: name, repo, 'data-dir': dataDir},
      hint: hintOfAround(found),
    },
  )
}

/**
 * Describes why a data directory can have no graphs: it is that of a graph itself, or is missing. The default one may be missing: no
 * graph has been created yet.
 */
export function dataDirProblem(dataDir: string): string | undefined {
  const found = graphAround(dataDir)
  if (found) return `${describeAround(dataDir, found)}; the graphs are in ${found.dataDir}`
  if (dataDir === DEFAULT_DATA_DIR || realDirectory(expandDataDir(dataDir)) !== undefined) return undefined
  return 'the directory does not exist'
}
