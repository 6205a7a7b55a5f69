import {DB} from '../../engine/idents.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {OWN_SETTINGS} from '../export/graph-datoms.js'
import {K} from '../export/keys.js'
import type {Builder} from './builder.js'
import {referenceTo} from './references.js'
import {illFormed} from './refusal.js'

const ADD = keyword('db/add')
const CONTENT = keyword('file/content')
const FILE_CREATED = keyword('file/created-at')
const FILE_MODIFIED = keyword('file/last-modified-at')
const KV = keyword('kv/value')
const PATH = keyword('file/path')
const HISTORY_REFS = ['block', 'property', 'ref-value'].map((name) => keyword(`logseq.property.history/${name}`))
const HISTORY_SCALAR = keyword('logseq.property.history/scalar-value')

/** Settings that distinguish graphs, and copies of a graph: each graph keeps its own. */
const KEPT: ReadonlySet<Value> = new Set<Value>([
  ...OWN_SETTINGS,
  ...['db-type', 'graph-initial-schema-version', 'schema-version'].map((name) => keyword(`logseq.kv/${name}`)),
])

/** Builds what only the export of a whole graph has: its files, its settings, and what its properties were. */
export function buildGraphParts(builder: Builder, map: ValueMap): void {
  for (const file of mapsOf(map, K.graphFiles)) buildFile(builder, file)
  for (const setting of mapsOf(map, K.kvValues)) buildSetting(builder, setting)
  for (const entry of mapsOf(map, K.propertyHistory)) buildHistory(builder, entry)
}

function buildFile(builder: Builder, file: ValueMap): void {
  const {db, making, operations} = builder
  const [path, content] = [file.get(PATH), file.get(CONTENT)]
  if (typeof path !== 'string' || typeof content !== 'string')
    throw illFormed(String(K.graphFiles), 'texts as :file/path and :file/content')
  builder.count++
  const known = db.first(undefined, PATH, path)?.e
  const id = known ?? `import-file-${path}`
  const now = new Date(making.now)
  operations.push([ADD, id, CONTENT, content], [ADD, id, FILE_MODIFIED, file.get(FILE_MODIFIED) ?? now])
  if (known === undefined)
    operations.push(
      [ADD, id, PATH, path],
      [ADD, id, FILE_CREATED, file.get(FILE_CREATED) ?? now],
      [ADD, id, A.uuid, making.uuid()],
    )
}

function buildSetting(builder: Builder, setting: ValueMap): void {
  const {entities, operations} = builder
  const [ident, value] = [setting.get(DB.ident), setting.get(KV)]
  if (!(ident instanceof Keyword) || ident.namespace !== 'logseq.kv' || value === undefined || value === null)
    throw illFormed(String(K.kvValues), 'idents of settings with their values')
  builder.count++
  if (KEPT.has(ident)) return
  const known = entities.idOf(ident)
  const id = known ?? `import-kv-${ident.name}`
  if (known === undefined) operations.push([ADD, id, DB.ident, ident])
  operations.push([ADD, id, KV, value])
}

function buildHistory(builder: Builder, entry: ValueMap): void {
  const uuid = entry.get(A.uuid)
  if (!(uuid instanceof Uuid)) throw illFormed(String(K.propertyHistory), 'a UUID as :block/uuid')
  builder.count++
  if (builder.called(uuid) !== undefined) return
  const {making, operations} = builder
  const id = builder.make(false)
  operations.push([ADD, id, A.uuid, uuid], [ADD, id, A.createdAt, entry.get(A.createdAt) ?? making.now])
  for (const key of HISTORY_REFS) {
    const value = entry.get(key)
    if (value !== undefined && value !== null) operations.push([ADD, id, key, referenceTo(builder, value)])
  }

  const scalar = entry.get(HISTORY_SCALAR)
  if (scalar !== undefined && scalar !== null) operations.push([ADD, id, HISTORY_SCALAR, scalar])
}

function mapsOf(map: ValueMap, key: Keyword): ValueMap[] {
  const given = map.get(key) ?? []
  const items =
    given instanceof List || given instanceof ValueSet || Array.isArray(given) ? [...(given as Iterable<Value>)] : []
  return items.map((item) => {
    if (item instanceof ValueMap) return item
    throw illFormed(String(key), 'maps')
  })
}
