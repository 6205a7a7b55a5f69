import {keyword} from '../values/scalars.js'

/** The attributes and values by which a graph describes its own attributes. */
export const DB = {
  cardinality: keyword('db/cardinality'),
  id: keyword('db/id'),
  ident: keyword('db/ident'),
  identity: keyword('db.unique/identity'),
  index: keyword('db/index'),
  isComponent: keyword('db/isComponent'),
  many: keyword('db.cardinality/many'),
  one: keyword('db.cardinality/one'),
  ref: keyword('db.type/ref'),
  unique: keyword('db/unique'),
  uniqueValue: keyword('db.unique/value'),
  valueType: keyword('db/valueType'),
} as const
