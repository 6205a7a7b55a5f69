import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {usedValues} from '../properties/values.js'
import {valueOf} from '../validity/entity.js'

const named = (...names: string[]): readonly Keyword[] => names.map((name) => keyword(name))

const EQUAL = named('is', 'is-not')
const TEXT = named('text-contains', 'text-not-contains')
const NUMBER = named('number-gt', 'number-lt', 'number-gte', 'number-lte', 'between')
const DATE = named('date-before', 'date-after')

/** Operators for the values of each type. */
const OPERATORS = new Map<unknown, readonly Keyword[]>([
  [keyword('date'), [...EQUAL, ...DATE]],
  [keyword('datetime'), named('before', 'after')],
  [keyword('default'), [...EQUAL, ...TEXT]],
  [keyword('node'), [...EQUAL, ...TEXT]],
  [keyword('number'), [...EQUAL, ...NUMBER]],
  [keyword('raw-number'), [...EQUAL, ...NUMBER]],
  [keyword('string'), [...EQUAL, ...TEXT]],
  [keyword('url'), [...EQUAL, ...TEXT]],
])

/** Operators that take one value. */
const SINGLE: ReadonlySet<unknown> = new Set(named('date-before', 'date-after', 'before', 'after'))

const SETS: ReadonlySet<unknown> = new Set(EQUAL)
const TEXTS: ReadonlySet<unknown> = new Set(TEXT)

/**
 * Returns the choices for a filter of a view: operators, and the values in use.
 * @param options `:property-ident`, and what the filter has now: `:operator :value`
 */
export function* filterData(
  db: StoredDatabase,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<ValueMap> {
  const entities = new Entities(db)
  const property = options.get(keyword('property-ident'))
  const operator = options.get(keyword('operator')) ?? null
  const value = options.get(keyword('value')) ?? null
  const ident = property instanceof Keyword ? property : A.title
  const type = typeOf(entities, ident)
  const isText = TEXTS.has(operator)
  const values = isText ? [] : yield* usedValues(entities, ident, execution)
  return new ValueMap([
    [keyword('operators'), OPERATORS.get(type) ?? EQUAL],
    [keyword('many?'), !SINGLE.has(operator) && type !== keyword('checkbox')],
    [keyword('value-source'), keyword('property-values')],
    [keyword('value-after-operator-change'), keepsValue(operator, value) ? value : null],
    [
      keyword('values'),
      values.map(
        ({label, target}) =>
          new ValueMap([
            [keyword('label'), label],
            [keyword('value'), (target && valueOf(target, A.uuid)) ?? label],
          ]),
      ),
    ],
  ])
}

function typeOf(entities: Entities, ident: Keyword): undefined | Value {
  const e = entities.idOf(ident)
  return e === undefined ? undefined : valueOf(entities.get(e), A.type)
}

/** Returns true if a filter's value fits another operator. A set of choices does not fit an operator for numbers. */
function keepsValue(operator: Value, value: Value): boolean {
  const isSet = typeof value === 'object' && value !== null && Symbol.iterator in value
  if (SETS.has(operator)) return isSet
  if (TEXTS.has(operator)) return typeof value === 'string'
  return operator === keyword('between') ? isSet : !isSet
}
