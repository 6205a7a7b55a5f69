import type {Value} from './types.js'

/** Returns whether a value counts as true: as in Clojure, anything but nil and false does. Undefined counts as nil. */
export function isTruthy(value: undefined | Value): boolean {
  return value !== undefined && value !== null && value !== false
}
