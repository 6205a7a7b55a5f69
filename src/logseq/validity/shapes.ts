import {type Keyword, keyword} from '../../values/scalars.js'
import {
  isClassIdent,
  isInternalPropertyIdent,
  isLogseqPropertyIdent,
  isPluginPropertyIdent,
  isSettingIdent,
  isUserPropertyIdent,
} from './idents.js'
import {
  ANY,
  BOOLEAN,
  ident,
  INSTANT,
  INTEGER,
  KEYWORD,
  oneOf,
  ORDER,
  SCALAR,
  STRING,
  STRING_OR_NUMBER,
  TRUE,
  UUID,
  type ValueTest,
} from './value-tests.js'

/** Shape of an entity of a kind. An entity is sound if it fits one of the shapes of its kind. */
export interface Shape {
  /** Attributes of which one has to be there, named after the last of them when none is. */
  anyOf?: readonly (readonly [Keyword, ValueTest])[]
  /** Logseq's name of the shape; undefined where it has none. */
  label?: string
  optional: ReadonlyMap<Keyword, ValueTest>
  required: ReadonlyMap<Keyword, ValueTest>
}

/** Kinds of entities, as Logseq calls them: its dispatch keys. */
export type Kind =
  | 'asset-block'
  | 'block'
  | 'class'
  | 'closed-value-block'
  | 'db-ident-key-value'
  | 'file-block'
  | 'hidden'
  | 'normal-page'
  | 'property'
  | 'property-history-block'
  | 'property-value-block'
  | 'property-value-placeholder'
  | 'reaction-entity'

type Tests = Readonly<Record<string, ValueTest>>

/** Stand for the tags and the properties of an entity, which have rules of their own. */
export const TAGS = keyword('block/tags')
export const PROPERTIES = keyword('block/properties')

const CREATED: Tests = {'block/created-at': INTEGER, 'block/uuid': UUID}
const TIMED: Tests = {...CREATED, 'block/updated-at': INTEGER}
const COMMON: Tests = {
  'block/collapsed?': BOOLEAN,
  'block/properties': ANY,
  'block/refs': INTEGER,
  'block/tags': ANY,
  'block/tx-id': INTEGER,
  'block/warning': KEYWORD,
}
const PAGE: Tests = {...TIMED, 'block/name': STRING, 'block/title': STRING}
const PLACED: Tests = {...TIMED, 'block/order': ORDER, 'block/page': INTEGER, 'block/parent': INTEGER}
const BLOCK: Tests = {...PLACED, 'block/title': STRING}
const OF_BLOCK: Tests = {...COMMON, 'block/link': INTEGER, 'logseq.property/created-from-property': INTEGER}
const OF_PROPERTY: Tests = {
  ...COMMON,
  'block/order': ORDER,
  'db/cardinality': oneOf('db.cardinality/one', 'db.cardinality/many'),
  'db/index': BOOLEAN,
  'db/valueType': oneOf('db.type/ref'),
  'logseq.property/classes': INTEGER,
  'logseq.property/hide?': BOOLEAN,
  'logseq.property/public?': BOOLEAN,
  'logseq.property/ui-position': oneOf('properties', 'block-left', 'block-right', 'block-below'),
}
const USER_TYPES = [
  'default',
  'number',
  'date',
  'datetime',
  'checkbox',
  'url',
  'node',
  'asset',
  'map',
  'json',
  'string',
]
const PLUGIN_TYPES = [...USER_TYPES.slice(0, 8), 'json', 'string', 'page']
const INTERNAL_TYPES = [...USER_TYPES, 'keyword', 'coll', 'any', 'entity', 'class', 'page', 'property', 'raw-number']

function shape(label: string | undefined, required: Tests, optional: Tests, anyOf: Tests = {}): Shape {
  const read = (tests: Tests) => Object.entries(tests).map(([name, test]) => [keyword(name), test] as const)
  return {
    ...(Object.keys(anyOf).length > 0 && {anyOf: read(anyOf)}),
    ...(label !== undefined && {label}),
    optional: new Map(read(optional)),
    required: new Map(read(required)),
  }
}

const property = (label: string, namespace: ValueTest, types: string[], optional: Tests) =>
  shape(label, {...PAGE, 'db/ident': namespace, 'logseq.property/type': oneOf(...types)}, optional)

const INTERNAL_PROPERTY = property(
  'internal-property',
  ident('should be a valid internal property namespace', isInternalPropertyIdent),
  INTERNAL_TYPES,
  {...OF_PROPERTY, 'logseq.property/view-context': oneOf('page', 'block', 'class', 'property', 'never')},
)
const PLUGIN_PROPERTY = property(
  'plugin-property',
  ident('should be a valid plugin property namespace', isPluginPropertyIdent),
  PLUGIN_TYPES,
  OF_PROPERTY,
)
const USER_PROPERTY = property(
  'user-property',
  ident('should be a valid user property namespace', isUserPropertyIdent),
  USER_TYPES,
  OF_PROPERTY,
)

/** The shape of a property goes by its ident. */
export function propertyShape(name: Keyword | undefined): Shape {
  if (name !== undefined && isPluginPropertyIdent(name)) return PLUGIN_PROPERTY
  return name !== undefined && isInternalPropertyIdent(name) ? INTERNAL_PROPERTY : USER_PROPERTY
}

const CLASS_IDENT = ident('should be a valid class namespace', isClassIdent)

/** The shapes of each kind. That of a property goes by its ident as well. */
export const SHAPES: Readonly<Record<Exclude<Kind, 'property'>, readonly Shape[]>> = {
  'asset-block': [
    shape(
      'asset-block',
      {
        ...BLOCK,
        'logseq.property.asset/checksum': STRING,
        'logseq.property.asset/size': INTEGER,
        'logseq.property.asset/type': STRING,
      },
      OF_BLOCK,
    ),
  ],
  block: [
    shape('normal-block', BLOCK, OF_BLOCK),
    shape(
      'whiteboard-block',
      {...TIMED, 'block/page': INTEGER, 'block/parent': INTEGER, 'block/title': STRING},
      COMMON,
    ),
  ],
  class: [
    shape('class-page', {...PAGE, 'db/ident': CLASS_IDENT, 'logseq.property.class/extends': INTEGER}, COMMON),
    shape('class-page', {...PAGE, 'db/ident': oneOf('logseq.class/Root')}, COMMON),
  ],
  'closed-value-block': [
    shape(
      undefined,
      {...PLACED, 'logseq.property/created-from-property': INTEGER},
      {
        ...COMMON,
        'block/closed-value-property': INTEGER,
        'block/link': INTEGER,
        'db/ident': ident('should be a valid property namespace', isLogseqPropertyIdent),
      },
      {'block/title': STRING, 'logseq.property/value': STRING_OR_NUMBER},
    ),
  ],
  'db-ident-key-value': [
    shape(
      'db-ident-key-val',
      {'db/ident': ident('should be a valid :db/ident namespace', isSettingIdent), 'kv/value': ANY},
      {'block/tx-id': INTEGER},
    ),
  ],
  'file-block': [
    shape(
      'file-block',
      {
        'block/uuid': UUID,
        'file/content': STRING,
        'file/created-at': INSTANT,
        'file/last-modified-at': INSTANT,
        'file/path': STRING,
      },
      {'block/created-at': INTEGER, 'block/tx-id': INTEGER, 'block/updated-at': INTEGER, 'file/size': INTEGER},
    ),
  ],
  hidden: [shape('hidden-page', {...PAGE, 'logseq.property/hide?': TRUE}, {...COMMON, 'block/order': ORDER})],
  'normal-page': [
    shape('normal-page', PAGE, {
      ...COMMON,
      'block/journal-day': INTEGER,
      'block/order': ORDER,
      'block/parent': INTEGER,
      'logseq.property/hide?': TRUE,
    }),
  ],
  'property-history-block': [
    shape(
      'property-history-block',
      {...CREATED, 'logseq.property.history/block': INTEGER, 'logseq.property.history/property': INTEGER},
      {'block/properties': ANY, 'block/tags': ANY, 'block/tx-id': INTEGER, 'block/updated-at': INTEGER},
      {'logseq.property.history/scalar-value': ANY, 'logseq.property.history/ref-value': INTEGER},
    ),
  ],
  'property-value-block': [
    shape(
      'property-value-block',
      {...PLACED, 'logseq.property/created-from-property': INTEGER, 'logseq.property/value': SCALAR},
      {...COMMON, 'block/link': INTEGER},
    ),
  ],
  'property-value-placeholder': [
    shape(
      'property-value-placeholder',
      {'block/uuid': UUID, 'db/ident': oneOf('logseq.property/empty-placeholder')},
      {'block/created-at': INTEGER, 'block/tx-id': INTEGER, 'block/updated-at': INTEGER},
    ),
  ],
  'reaction-entity': [
    shape(
      'reaction-entity',
      {...CREATED, 'logseq.property.reaction/emoji-id': STRING, 'logseq.property.reaction/target': INTEGER},
      {'block/properties': ANY, 'block/refs': INTEGER, 'block/tx-id': INTEGER},
    ),
  ],
}

/** Attributes that are judged where they stand, and not as values of a property. */
export const STRUCTURAL: ReadonlySet<Keyword> = new Set(
  [
    'block/tags',
    'db/cardinality',
    'logseq.property.asset/checksum',
    'logseq.property.asset/size',
    'logseq.property.asset/type',
    'logseq.property.class/extends',
    'logseq.property.history/block',
    'logseq.property.history/property',
    'logseq.property.history/ref-value',
    'logseq.property.history/scalar-value',
    'logseq.property.reaction/emoji-id',
    'logseq.property.reaction/target',
    'logseq.property/classes',
    'logseq.property/created-from-property',
    'logseq.property/hide?',
    'logseq.property/public?',
    'logseq.property/type',
    'logseq.property/ui-position',
    'logseq.property/value',
    'logseq.property/view-context',
  ].map((name) => keyword(name)),
)
