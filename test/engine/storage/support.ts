import {copyFileSync, existsSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'

import {compareAevt, compareAvet, compareEavt} from '../../../src/engine/compare.js'
import {type Datom, TX0} from '../../../src/engine/datom.js'
import type {Store} from '../../../src/engine/files/open-store.js'
import {openStore} from '../../../src/engine/files/open.js'
import type {EditToken} from '../../../src/engine/index/node.js'
import {Tree} from '../../../src/engine/index/tree.js'
import {type GraphState, KvsStore, type Trees} from '../../../src/engine/storage/kvs-store.js'
import {systemClock} from '../../../src/lib/clock.js'
import {DATABASE} from '../../../src/lib/files/names.js'
import {keyword} from '../../../src/values/scalars.js'
import {ValueMap} from '../../../src/values/types.js'

const SCHEMA = new ValueMap([[keyword('block/title'), new ValueMap([[keyword('db/index'), true]])]])

/** An open file, and the nodes in it. */
export interface Opened {
  dir: string
  kvs: KvsStore
  store: Store
}

/** Opens the graph of a directory as a server does; makes it, where there is none. */
export async function openGraph(dir: string, cacheDatoms = 1000): Promise<Opened> {
  mkdirSync(dir, {recursive: true})
  const store = await openStore(dir, {clock: systemClock, create: true})
  store.startWriting()
  return {dir, kvs: new KvsStore(store.db, {cacheDatoms}), store}
}

/** Opens what would be found if the process died now: a copy, for this process has the file open. */
export async function openCopy({dir}: Opened, to: string, cacheDatoms = 1000): Promise<Opened> {
  mkdirSync(to, {recursive: true})
  for (const name of [DATABASE, `${DATABASE}-wal`])
    if (existsSync(join(dir, name))) copyFileSync(join(dir, name), join(to, name))
  return openGraph(to, cacheDatoms)
}

/** The rows of a file, as text. */
export function rowsOf({store}: Opened): Record<string, unknown>[] {
  return store.db.all('SELECT addr, content, addresses FROM kvs ORDER BY addr').map(({addr, addresses, content}) => ({
    addr,
    addresses,
    content,
  }))
}

export function emptyTrees(kvs: KvsStore): Trees {
  return {
    aevt: Tree.empty(compareAevt, kvs),
    avet: Tree.empty(compareAvet, kvs),
    eavt: Tree.empty(compareEavt, kvs),
  }
}

/** The trees that the root names. */
export function storedTrees(kvs: KvsStore): Trees {
  const root = kvs.readRoot()
  return {
    aevt: Tree.stored(kvs, root.aevt, compareAevt),
    avet: Tree.stored(kvs, root.avet, compareAvet),
    eavt: Tree.stored(kvs, root.eavt, compareEavt),
  }
}

export function insertAll(trees: Trees, datoms: Iterable<Datom>, edit: EditToken): Trees {
  let {aevt, avet, eavt} = trees
  for (const datom of datoms) {
    aevt = aevt.insert(datom, edit)
    avet = avet.insert(datom, edit)
    eavt = eavt.insert(datom, edit)
  }

  return {aevt, avet, eavt}
}

export function removeAll(trees: Trees, datoms: Iterable<Datom>, edit: EditToken): Trees {
  let {aevt, avet, eavt} = trees
  for (const datom of datoms) {
    aevt = aevt.remove(datom, edit)
    avet = avet.remove(datom, edit)
    eavt = eavt.remove(datom, edit)
  }

  return {aevt, avet, eavt}
}

export function stateOf(trees: Trees): GraphState {
  return {...trees, maxEid: 5003, maxTx: TX0 + 17, schema: SCHEMA}
}

/** All datoms of a tree, from the first to the last. */
export function contentsOf(tree: Tree): Datom[] {
  const found: Datom[] = []
  const cursor = tree.scan(() => 0)
  for (let batch = cursor.next(); batch; batch = cursor.next()) found.push(...batch)
  return found
}
