import {showEdn} from '../../values/edn-write.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {A} from '../attributes.js'
import type {Builder, Id} from './builder.js'
import {illFormed, ImportRefused} from './refusal.js'

const ADD = keyword('db/add')

/** Finds the entity of an ident, or of `[:block/uuid …]`. @throws ImportRefused */
export function referenceTo(builder: Builder, value: Value): Id {
  return value instanceof Keyword ? namedEntity(builder, value) : uuidEntity(builder, value)
}

/** Finds the class or property of an ident. @throws ImportRefused if neither the graph nor the import has it */
export function namedEntity(builder: Builder, ident: Keyword): Id {
  const {entities, form} = builder
  if (entities.idOf(ident) === undefined && !form.classes.has(ident) && !form.properties.has(ident))
    throw new ImportRefused(`entity ${ident} exists neither in the graph nor in the import`)
  return builder.definition(ident)
}

/** Finds the choice of a property that has a value. */
export function choiceWith({db, entities}: Builder, ident: Keyword, value: Value): Id | undefined {
  const property = entities.idOf(ident)
  if (property === undefined) return undefined
  const choices = db.list(undefined, A.choiceOf, property).map(({e}) => e)
  return choices.find((e) => (db.first(e, A.value) ?? db.first(e, A.title))?.v === value)
}

/** Finds the entity of `[:block/uuid …]`. A uuid without an entity is refused by the write: no graph may have one. */
export function uuidEntity(builder: Builder, value: Value): Id {
  const [kind, uuid] = Array.isArray(value) ? (value as readonly Value[]) : []
  if (kind !== A.uuid || !(uuid instanceof Uuid))
    throw illFormed('a reference', `[:block/uuid …], got ${showEdn(value)}`)
  builder.countNamed(uuid)
  const known = builder.called(uuid)
  if (known !== undefined) return known
  const id = builder.make(false)
  builder.call(uuid, id)
  builder.operations.push([ADD, id, A.uuid, uuid])
  return id
}
