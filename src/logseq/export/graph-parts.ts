import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask} from '../../engine/task.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {entitiesWith} from '../scans.js'
import {valueOf} from '../validity/entity.js'
import type {Collector} from './collector.js'

const CONTENT = keyword('file/content')
const FILE_CREATED = keyword('file/created-at')
const FILE_MODIFIED = keyword('file/last-modified-at')
const HISTORY_BLOCK = keyword('logseq.property.history/block')
const HISTORY_PROPERTY = keyword('logseq.property.history/property')
const HISTORY_REF = keyword('logseq.property.history/ref-value')
const HISTORY_SCALAR = keyword('logseq.property.history/scalar-value')
const KV = keyword('kv/value')
const PATH = keyword('file/path')
const SCHEMA_VERSION = keyword('logseq.kv/schema-version')

/** The version of Logseq's schema that a graph has. */
export function schemaVersion(db: StoredDatabase): undefined | Value {
  const e = db.first(undefined, DB.ident, SCHEMA_VERSION)?.e
  return e === undefined ? undefined : db.first(e, KV)?.v
}

/** The files that are kept in a graph: its configuration, and its styles and scripts. */
export function* graphFiles({entities, execution, style}: Collector): CooperativeTask<ValueMap[]> {
  const keys = style.timestamps ? [PATH, CONTENT, FILE_CREATED, FILE_MODIFIED] : [PATH, CONTENT]
  return (yield* entitiesWith(entities.db, PATH, undefined, execution))
    .toSorted((a, b) => a - b)
    .map((e) => {
      const map = new ValueMap()
      for (const key of keys) {
        const value = valueOf(entities.get(e), key)
        if (value !== undefined) map.set(key, value)
      }

      return map
    })
}

/** The settings of a graph; its version stands by itself. */
export function* kvValues({entities, execution}: Collector): CooperativeTask<ValueMap[]> {
  const found = yield* entitiesWith(entities.db, KV, undefined, execution)
  return found.flatMap((e) => {
    const [ident, value] = [valueOf(entities.get(e), DB.ident), valueOf(entities.get(e), KV)]
    if (!(ident instanceof Keyword) || value === undefined || ident === SCHEMA_VERSION) return []
    return new ValueMap([
      [DB.ident, ident],
      [KV, value],
    ])
  })
}

/** Exports the history of property values. */
export function* propertyHistory(collector: Collector): CooperativeTask<ValueSet> {
  const {entities, execution} = collector
  const all = new ValueSet()
  for (const e of yield* entitiesWith(entities.db, HISTORY_BLOCK, undefined, execution)) {
    if (execution.shouldYield()) yield
    const entity = entities.get(e)
    const map = new ValueMap()
    for (const key of [A.uuid, A.createdAt, HISTORY_SCALAR]) {
      const value = valueOf(entity, key)
      if (value !== undefined) map.set(key, value)
    }

    for (const key of [HISTORY_BLOCK, HISTORY_PROPERTY, HISTORY_REF]) {
      const target = valueOf(entity, key)
      const reference = typeof target === 'number' ? nameOf(collector, target) : undefined
      if (reference !== undefined) map.set(key, reference)
    }

    all.add(map)
  }

  return all
}

function nameOf(collector: Collector, e: number): undefined | Value {
  const target = collector.entities.get(e)
  collector.use(target)
  return valueOf(target, DB.ident) ?? collector.refer(target)
}
