import {Keyword, Sym, Uuid} from '../../../../lib/values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../../../lib/values/types.js'
import {type FunctionOfValues, type Functions, takes, takesAtLeast} from './callable.js'

/** What is true, and what kind a value is of. */
export const LOGIC: Functions = {
  and: takesAtLeast(0, (args) => args.find((value) => !isTruthy(value)) ?? args.at(-1) ?? true),
  'boolean?': is((value) => typeof value === 'boolean'),
  'coll?': is((value) => isSequential(value) || value instanceof ValueMap || value instanceof ValueSet),
  'false?': is((value) => value === false),
  ground: takes(1, ([value]) => value!),
  'identical?': takes(2, ([a, b]) => a === b),
  identity: takes(1, ([value]) => value!),
  'inst?': is((value) => value instanceof Date),
  'int?': is((value) => Number.isInteger(value)),
  'integer?': is((value) => Number.isInteger(value)),
  'keyword?': is((value) => value instanceof Keyword),
  'list?': is((value) => value instanceof List),
  'map?': is((value) => value instanceof ValueMap),
  'nil?': is((value) => value === null),
  not: is((value) => !isTruthy(value)),
  'number?': is((value) => typeof value === 'number'),
  or: takesAtLeast(0, (args) => args.find((value) => isTruthy(value)) ?? args.at(-1) ?? null),
  'sequential?': is((value) => isSequential(value)),
  'set?': is((value) => value instanceof ValueSet),
  'some?': is((value) => value !== null),
  'string?': is((value) => typeof value === 'string'),
  'symbol?': is((value) => value instanceof Sym),
  'true?': is((value) => value === true),
  'uuid?': is((value) => value instanceof Uuid),
  'vector?': is((value) => Array.isArray(value)),
}

function is(test: (value: Value) => boolean): FunctionOfValues {
  return takes(1, ([value]) => test(value!))
}

function isTruthy(value: Value): boolean {
  return value !== null && value !== false
}

function isSequential(value: Value): boolean {
  return Array.isArray(value) || value instanceof List
}
