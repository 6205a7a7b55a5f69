import {join} from 'node:path'

import {DATABASE} from '../files/names.js'
import {statOfFile} from '../files/own-files.js'
import {DEFAULT_DATA_DIR, expandDataDir} from './data-dir.js'
import {type Graph, listGraphs} from './locate.js'

/** Graph in a list. The keys are those of the CLI's JSON. */
export interface ListedGraph {
  graph: string
  repo: string
  /** Directory of the graph. */
  dir: string
  /** Size of the database in bytes; undefined if unknown. */
  size?: number
  /** Time of the last write to the database, ISO 8601. */
  modified?: string
  warnings: string[]
}

/** Graphs of a data directory. */
export interface GraphList {
  'data-dir': string
  graphs: ListedGraph[]
}

/**
 * Lists the graphs of a data directory by name, without opening them.
 * @param dataDir default `~/logseq/graphs`
 */
export function describeGraphs(dataDir: string = DEFAULT_DATA_DIR): GraphList {
  return {'data-dir': expandDataDir(dataDir), graphs: listGraphs(dataDir).map((graph) => describeGraph(graph))}
}

/** Describes a graph without opening it. SQLite's log counts, because it holds the latest writes. */
export function describeGraph({dir, name, repo, warnings}: Graph): ListedGraph {
  const files = [DATABASE, `${DATABASE}-wal`]
    .map((file) => statOfFile(join(dir, file)))
    .filter((file) => file !== undefined)
  return {
    graph: name,
    repo,
    dir,
    ...(files.length > 0 && {
      size: files.reduce((sum, {size}) => sum + size, 0),
      modified: new Date(files.toSorted((a, b) => b.mtimeMs - a.mtimeMs)[0]!.mtimeMs).toISOString(),
    }),
    warnings,
  }
}
