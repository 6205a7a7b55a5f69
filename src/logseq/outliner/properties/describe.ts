import type {Database} from '../../../engine/database.js'
import {DB} from '../../../engine/idents.js'
import {keyword} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'

const RAW_TITLE = keyword('block/raw-title')
const SHOWN = [A.uuid, A.title, A.name, DB.ident]

/**
 * Returns an entity in the plain form in which Logseq answers: entities that it refers to are maps of their own.
 * @param title what it was called before; else what it is called
 */
export function describeEntity(db: Database, e: number, title?: string): Value {
  const map = new ValueMap()
  for (const {a, v} of db.list(e)) {
    const value = db.attributes.isRef(a) && typeof v === 'number' ? summary(db, v) : v
    const known = map.get(a)
    if (db.attributes.isMany(a)) {
      map.set(a, [...((known as readonly Value[] | undefined) ?? []), value])
    } else {
      map.set(a, value)
    }
  }

  const shown = title ?? map.get(A.title)
  if (shown !== undefined) for (const key of [A.title, RAW_TITLE]) map.set(key, shown)
  return map.set(DB.id, e)
}

function summary(db: Database, e: number): ValueMap {
  const map = new ValueMap([[DB.id, e]])
  for (const a of SHOWN) {
    const v = db.first(e, a)?.v
    if (v !== undefined) map.set(a, v)
  }

  const title = map.get(A.title)
  if (title !== undefined) map.set(RAW_TITLE, title)
  const tags = db.list(e, A.tags).map(({v}) => db.first(Number(v), DB.ident)?.v ?? v)
  return tags.length > 0 ? map.set(A.tags, tags) : map
}
