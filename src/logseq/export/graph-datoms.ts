import type {Datom} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {type Keyword, keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {collect} from '../scans.js'

/** Attributes about the people who wrote a graph, and about its writes: they are not copied to another graph. */
const PRIVATE: ReadonlySet<Keyword> = new Set(
  [
    'block/tx-id',
    'logseq.property.user/avatar',
    'logseq.property.user/email',
    'logseq.property.user/name',
    'logseq.property/created-by-ref',
  ].map((name) => keyword(name)),
)

/** Settings that belong to one copy of a graph, on one machine. */
export const OWN_SETTINGS: readonly Keyword[] = [
  'graph-backup-folder',
  'graph-git-sha',
  'graph-last-gc-at',
  'graph-local-tx',
  'graph-remote?',
  'graph-rtc-e2ee?',
  'graph-uuid',
  'import-type',
  'imported-at',
  'local-graph-uuid',
  'remote-schema-version',
].map((name) => keyword(`logseq.kv/${name}`))

/** Every fact of a graph that another graph may have, as `[e a v]`, by entity. */
export function* graphDatoms(db: StoredDatabase, execution: ExecutionContext): CooperativeTask<Value[]> {
  const isShared = sharedFacts(db)
  return yield* collect(db.scan(undefined), execution, (datom) =>
    isShared(datom) ? [datom.e, datom.a, datom.v] : undefined,
  )
}

/** Creates a test of facts: true for a fact that another graph may have. */
export function sharedFacts(db: StoredDatabase): (datom: Datom) => boolean {
  const left = new Set(OWN_SETTINGS.map((ident) => db.first(undefined, DB.ident, ident)?.e))
  return ({a, e}) => !left.has(e) && !PRIVATE.has(a)
}
