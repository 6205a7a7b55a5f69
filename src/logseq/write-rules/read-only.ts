import type {Database} from '../../engine/database.js'
import {DB} from '../../engine/idents.js'
import {showEdn} from '../../values/edn-write.js'
import {keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'

/** The schema of graphs that this engine writes: this major version, up to this minor one. */
const MAJOR = 65
const MINOR = 33

const KV = keyword('kv/value')
const MAJOR_KEY = keyword('major')
const MINOR_KEY = keyword('minor')
const SCHEMA_VERSION = keyword('logseq.kv/schema-version')
const REMOTE = keyword('logseq.kv/graph-remote?')
const REMOTE_ID = keyword('logseq.kv/graph-uuid')

/** Returns true for a database that is marked as a graph. Logseq's other databases have the same table. */
export function isGraph(db: Database): boolean {
  return setting(db, keyword('logseq.kv/db-type')) === 'db'
}

/** Returns the reason why this engine only reads a graph; undefined if it may write it. */
export function readOnlyReason(db: Database): string | undefined {
  const version = setting(db, SCHEMA_VERSION)
  if (!isKnownVersion(version)) {
    const newest = `${MAJOR}.${MINOR}`
    return `its schema version is ${versionText(version)}, and this program writes graphs of ${MAJOR}.0 to ${newest}`
  }

  const syncs = setting(db, REMOTE) === true || setting(db, REMOTE_ID) !== undefined
  return syncs ? 'it is synchronised, and what is written here would not reach the other devices' : undefined
}

/** A value that the graph has for a key of its own, such as `:logseq.kv/schema-version`. */
function setting(db: Database, ident: Value): undefined | Value {
  const entity = db.first(undefined, DB.ident, ident)?.e
  return entity === undefined ? undefined : db.first(entity, KV)?.v
}

function isKnownVersion(version: undefined | Value): boolean {
  if (!(version instanceof ValueMap) || version.get(MAJOR_KEY) !== MAJOR) return false
  const minor = version.get(MINOR_KEY)
  return typeof minor === 'number' && minor >= 0 && minor <= MINOR
}

function versionText(version: undefined | Value): string {
  if (version === undefined) return 'unknown'
  const [major, minor] = version instanceof ValueMap ? [version.get(MAJOR_KEY), version.get(MINOR_KEY)] : []
  return typeof major === 'number' && typeof minor === 'number' ? `${major}.${minor}` : showEdn(version)
}
