import {closeSync, constants, readdirSync, readSync, rmSync, statSync} from 'node:fs'
import {extname, join} from 'node:path'

import {EdnError, readEdn} from '../../values/edn-read.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {ServerError} from '../errors.js'
import {DATABASE} from '../files/names.js'
import {openOwnFile, readOwnFile} from '../files/own-files.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findOrMakeGraph, type Graph, hasDatabase} from '../graphs/locate.js'
import {createGraph} from '../lifecycle/create.js'
import {importGraph as importDatabase, type ImportResult} from '../lifecycle/import.js'
import {requireSourceFile, type Source} from '../lifecycle/incoming.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {graphExists} from '../lifecycle/state-errors.js'
import {stopServer} from '../lifecycle/stop.js'
import {Client} from './client.js'

/** Longest EDN file that is read, in bytes. The server takes less in one request, and says so. */
const MAX_BYTES = 256 * 1024 * 1024

/** First bytes of each database file. */
const SQLITE = 'SQLite format 3\0'

/** What a part of a graph is exported as. */
const EXPORTED = new Set(['classes', 'pages-and-blocks', 'properties'])

/** Options of an import. `repo` is the name of the new graph; `force` also imports a damaged database file. */
export interface ImportOptions extends StartOptions {
  /** Path of a database file or of an EDN export. */
  file: string
  /** Time limit of the server for an EDN export, in ms. */
  queryTimeoutMs?: number | undefined
}

/**
 * Creates a graph from a database file, or from an export in Logseq's EDN format. The graph is created completely or not at
 * all, and no server runs afterwards.
 * @throws ServerError `graph-exists`, `graph-damaged`, `graph-not-valid`, `not-a-db-graph`, `usage`, ...; no graph is
 *   created then
 */
export async function importGraph(options: ImportOptions): Promise<ImportResult> {
  const source = requireSourceFile(options.file)
  return isEdn(source) ? importEdn(source, options) : importDatabase(options)
}

function isEdn({path}: Source): boolean {
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    const head = Buffer.alloc(SQLITE.length)
    const text = head.toString('latin1', 0, readSync(fd, head))
    return text !== SQLITE && (extname(path).toLowerCase() === '.edn' || text.trimStart().startsWith('{'))
  } finally {
    closeSync(fd)
  }
}

async function importEdn(source: Source, options: ImportOptions): Promise<ImportResult> {
  const map = readExport(source)
  const graph = findOrMakeGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR)
  if (hasDatabase(graph)) throw graphExists(graph)
  const wasEmpty = readdirSync(graph.dir).length === 0
  await createGraph(options)
  try {
    await invokeImport(map, source, options)
  } catch (error) {
    await stopServer(options)
    removeGraph(graph, wasEmpty)
    throw error
  }

  await stopServer(options)
  const {dir, name, repo, warnings} = graph
  const {size} = statSync(join(dir, DATABASE))
  return {graph: name, repo, dir, file: source.name, size, warnings: [...warnings]}
}

function readExport({name, path}: Source): ValueMap {
  const {size} = statSync(path)
  if (size > MAX_BYTES) throw notAnExport(name, `it is longer than ${MAX_BYTES} bytes`)
  try {
    const value = readEdn(readOwnFile(path, MAX_BYTES))
    if (value instanceof ValueMap && [...value.keys()].some((key) => isOfExport(key))) return value
    throw notAnExport(name, 'it has no pages, properties or classes')
  } catch (error) {
    if (error instanceof EdnError) throw notAnExport(name, error.message)
    throw error
  }
}

/** Other EDN, as that of `graph export --format datoms`, would be imported as nothing. */
function isOfExport(key: Value): boolean {
  return key instanceof Keyword && (EXPORTED.has(key.fqn) || key.namespace === 'logseq.db.sqlite.export')
}

function notAnExport(file: string, why: string): ServerError {
  return new ServerError('usage', `${file} is not an EDN export: ${why}`, {
    details: {file},
    hint: 'Name a file that `logseq graph export --format edn` or Logseq itself exported, or a database file.',
  })
}

async function invokeImport(map: ValueMap, {name}: Source, options: ImportOptions): Promise<void> {
  const {queryTimeoutMs, signal} = options
  const client = new Client(options)
  try {
    const answer = await client.invoke('import-edn', [map], {queryTimeoutMs, ...(signal && {signal})})
    const problem = answer instanceof ValueMap ? answer.get(keyword('error')) : undefined
    if (problem === undefined) return
    throw new ServerError('graph-not-valid', `${name} cannot be imported: ${String(problem)}`, {
      details: {file: name},
      hint: 'No graph was created. Repair the graph that it was exported from, then export it again.',
    })
  } finally {
    client.close()
  }
}

/** Removes the graph that a failed import created: all of its directory, if that held nothing before. */
function removeGraph({dir}: Graph, wasEmpty: boolean): void {
  if (wasEmpty) rmSync(dir, {force: true, recursive: true})
  else for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, DATABASE) + suffix, {force: true})
}
