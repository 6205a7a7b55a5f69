import {DB} from '../../engine/idents.js'
import {ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {type Entities, identOf} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'

/** The four facts that begin each row of a list. */
export function basicRow(entities: Entities, entity: Entity): ValueMap {
  return new ValueMap([
    [DB.id, entity.e],
    [A.title, entities.titleOf(entity) ?? null],
    [A.createdAt, valueOf(entity, A.createdAt) ?? null],
    [A.updatedAt, valueOf(entity, A.updatedAt) ?? null],
  ])
}

/** Adds the ident of an entity to its row, if it has one. */
export function withIdent(row: ValueMap, entity: Entity): ValueMap {
  const ident = identOf(entity)
  return ident === null ? row : row.set(DB.ident, ident)
}

/** The row of the lists that plugins and clients of the lock era read: title and UUID. */
export function titleRow(entities: Entities, entity: Entity): ValueMap {
  return new ValueMap([
    [A.title, entities.titleOf(entity) ?? null],
    [A.uuid, uuidText(entity)],
  ])
}

/** The UUID of an entity as text; null when it has none. */
export function uuidText(entity: Entity): null | string {
  const uuid = valueOf(entity, A.uuid)
  return uuid === undefined ? null : String(uuid)
}
