import {notCreated} from '../engine/files/open.js'
import {KvsStore} from '../engine/storage/kvs-store.js'
import type {Sqlite} from '../lib/sqlite.js'
import {Connection, type ConnectionHooks} from './connection.js'
import {createFromTemplate} from './new-graph/create-from-template.js'
import type {NewGraphParams} from './new-graph/new-graph-params.js'

/** Options for opening a graph. */
export interface OpenGraphOptions {
  /** Called before anything is written. */
  beforeWriting?(): void
  /** Values of its own for a new graph, if one may be made here; undefined if the graph has to exist. */
  newGraph: NewGraphParams | undefined
  /** Number of datoms of stored nodes to keep in memory. */
  cacheDatoms: number
  /** For messages. */
  path: string
}

/**
 * Opens the graph in a database that has Logseq's table, or makes a new one in it. A graph that is there is not written.
 * @throws ServerError `graph-invalid` when it is missing or not understood
 */
export function openGraph(
  db: Sqlite,
  {beforeWriting, newGraph, cacheDatoms, path}: OpenGraphOptions,
  hooks: ConnectionHooks,
): {connection: Connection; created: boolean; kvs: KvsStore} {
  const created = db.all('SELECT 1 FROM kvs LIMIT 1').length === 0
  const kvs = new KvsStore(db, {cacheDatoms})
  if (created) {
    if (!newGraph) throw notCreated(path)
    beforeWriting?.()
    createFromTemplate(db, newGraph)
  }

  return {connection: Connection.open(kvs, hooks), created, kvs}
}
