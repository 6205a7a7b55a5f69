import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {GraphFiles} from '../engine/graph-file.js'
import {run} from '../engine/support.js'
import {normal} from './changes.js'
import {type GoldenCase, unpackGolden} from './golden.js'

/** Opens a graph of the recorded calls for the tests of a suite. @param graph `lists-a.sqlite` */
export function useGoldenGraph(graph: string, opened: (db: StoredDatabase) => void): void {
  let files: GraphFiles
  before(() => {
    files = new GraphFiles()
    unpackGolden(graph, files.path())
    opened(files.connect().db)
  })
  after(() => files.dispose())
}

/** Applies the writes before a recorded call. */
export function prepared(start: StoredDatabase, {setup}: GoldenCase): StoredDatabase {
  let db = start
  for (const data of (setup ?? []) as string[]) db = run(db, data).after
  return db
}

/** Returns what a recorded call changed, in the form of `changes`. */
export function recordedChanges({output}: GoldenCase): string[] {
  return (output.changed as string[])
    .filter((line) => !line.includes(':block/tx-id'))
    .map((line) => normal(line))
    .sort()
}
