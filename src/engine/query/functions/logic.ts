import {Keyword, Sym, Uuid} from '../../../values/scalars.js'
import {isTruthy} from '../../../values/truthy.js'
import {List, type Value, ValueMap, ValueSet} from '../../../values/types.js'
import {type FunctionOfValues, type Functions, takes, takesAtLeast} from './callable.js'

/** Logic, and predicates for the type of a value. */
export const LOGIC: Functions = {
  and: takesAtLeast(0, (args) => {
    const end = args.findIndex((value) => !isTruthy(value))
    return end === -1 ? (args.at(-1) ?? true) : args[end]!
  }),
  'boolean?': whether((value) => typeof value === 'boolean'),
  'coll?': whether((value) => isSequential(value) || value instanceof ValueMap || value instanceof ValueSet),
  'false?': whether((value) => value === false),
  ground: takes(1, ([value]) => value),
  'identical?': takes(2, ([a, b]) => a === b),
  identity: takes(1, ([value]) => value),
  'inst?': whether((value) => value instanceof Date),
  'int?': whether((value) => Number.isInteger(value)),
  'integer?': whether((value) => Number.isInteger(value)),
  'keyword?': whether((value) => value instanceof Keyword),
  'list?': whether((value) => value instanceof List),
  'map?': whether((value) => value instanceof ValueMap),
  'nil?': whether((value) => value === null),
  not: whether((value) => !isTruthy(value)),
  'number?': whether((value) => typeof value === 'number'),
  or: takesAtLeast(0, (args) => args.find((value) => isTruthy(value)) ?? args.at(-1) ?? null),
  'sequential?': whether((value) => isSequential(value)),
  'set?': whether((value) => value instanceof ValueSet),
  'some?': whether((value) => value !== null),
  'string?': whether((value) => typeof value === 'string'),
  'symbol?': whether((value) => value instanceof Sym),
  'true?': whether((value) => value === true),
  'uuid?': whether((value) => value instanceof Uuid),
  'vector?': whether((value) => Array.isArray(value)),
}

function whether(holds: (value: Value) => boolean): FunctionOfValues {
  return takes(1, ([value]) => holds(value))
}

function isSequential(value: Value): boolean {
  return Array.isArray(value) || value instanceof List
}
