import {readFileSync} from 'node:fs'

import {compareAevt, compareAvet, compareEavt} from '../../engine/compare.js'
import {TX0} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import type {NodeSource} from '../../engine/index/node.js'
import {Tree} from '../../engine/index/tree.js'
import {Schema} from '../../engine/schema.js'
import {StoredDatabase} from '../../engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../engine/task.js'
import {transact} from '../../engine/transact/transact.js'
import {packagePath} from '../../lib/package-root.js'
import {keyword, Uuid} from '../../values/scalars.js'
import {decodeTransit} from '../../values/transit.js'
import {type Value, ValueMap} from '../../values/types.js'
import type {NewGraphParams} from './new-graph-params.js'

const KV = keyword('kv/value')
const ID = keyword('logseq.kv/local-graph-uuid')
const ORIGIN = keyword('logseq.kv/import-type')

/**
 * The first state of a new graph, as Logseq makes it. Nothing is stored yet. Run when the package is built (scripts/bundle.js);
 * `createFromTemplate` writes what comes out.
 * @param source where its trees, once they are stored, are read from
 */
export function newGraph(birth: NewGraphParams, source: NodeSource): StoredDatabase {
  // Generated from an npm package that is under the MIT licence: see the README beside it.
  const initial = decodeTransit(readFileSync(packagePath('assets/initial-graph/65.22.transit'), 'utf8')) as ValueMap
  const schema = initial.get(keyword('schema')) as ValueMap
  const items = initial.get(keyword('tx')) as readonly Value[]
  const empty = new StoredDatabase({
    aevt: Tree.empty(compareAevt, source),
    attributes: Schema.of(schema),
    avet: Tree.empty(compareAvet, source),
    eavt: Tree.empty(compareEavt, source),
    maxEid: 0,
    maxTx: TX0,
  })
  const data = items.map((item) => own(withTimes(item, birth.now), birth))
  return runSync(transact(empty, data, NO_LIMITS)).after
}

/** The settings that are a graph's own. The uuids of what is built in are the same everywhere: Logseq knows them by these. */
function own(item: Value, {uuid}: NewGraphParams): Value {
  if (!(item instanceof ValueMap)) return item
  switch (item.get(DB.ident)) {
    case ID:
      return new ValueMap(item).set(KV, new Uuid(`00000000${uuid.slice(8)}`)) // as Logseq marks the ids of local graphs
    case ORIGIN:
      return new ValueMap(item).set(KV, keyword('cli/create-graph'))
    default:
      return item
  }
}

/** Any number this large is a time, in ms since 1970. */
const EARLIEST = Date.UTC(2020)

function withTimes(value: Value, now: number): Value {
  if (typeof value === 'number') return value > EARLIEST ? now : value
  if (value instanceof Date) return new Date(now)
  if (value instanceof ValueMap)
    return new ValueMap([...value].map(([key, item]) => [key, withTimes(item, now)] as const))
  return value
}
