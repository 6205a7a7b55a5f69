import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {ValueType} from '../../engine/value-type.js'
import {Keyword, keyword} from '../../values/scalars.js'

/** The attributes that every graph has, with the kind of their values. References are numbers, and not listed. */
const BUILT_IN = new Map<Keyword, ValueType>(
  (
    [
      ['block/collapsed?', 'boolean'],
      ['block/created-at', 'number'],
      ['block/journal-day', 'number'],
      ['block/name', 'string'],
      ['block/order', 'string'],
      ['block/title', 'string'],
      ['block/tx-id', 'number'],
      ['block/updated-at', 'number'],
      ['block/uuid', 'uuid'],
      ['db/cardinality', 'keyword'],
      ['db/doc', 'string'],
      ['db/ident', 'keyword'],
      ['db/index', 'boolean'],
      ['db/isComponent', 'boolean'],
      ['db/unique', 'keyword'],
      ['db/valueType', 'keyword'],
      ['file/content', 'string'],
      ['file/created-at', 'instant'],
      ['file/last-modified-at', 'instant'],
      ['file/path', 'string'],
      ['file/size', 'number'],
      ['logseq.property/type', 'keyword'],
    ] as const
  ).map(([name, kind]) => [keyword(name), kind]),
)

/** Kinds of values by the type of a property. The other types are references, or leave the kind open. */
const PROPERTY_TYPES = new Map<Keyword, ValueType>(
  (
    [
      ['checkbox', 'boolean'],
      ['datetime', 'number'],
      ['keyword', 'keyword'],
      ['map', 'map'],
      ['raw-number', 'number'],
      ['string', 'string'],
    ] as const
  ).map(([name, kind]) => [keyword(name), kind]),
)

const TYPE = keyword('logseq.property/type')

/** The kind that the values of an attribute have to be of, when the graph or Logseq itself says so. */
export function declaredType(db: StoredDatabase, attribute: Keyword): ValueType | undefined {
  const builtIn = BUILT_IN.get(attribute)
  if (builtIn !== undefined || db.attributes.isRef(attribute)) return builtIn
  const property = db.first(undefined, DB.ident, attribute)
  const type = property && db.first(property.e, TYPE)?.v
  return type instanceof Keyword ? PROPERTY_TYPES.get(type) : undefined
}
