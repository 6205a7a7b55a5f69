/** Returns true if a value, which any program may have written, is valid. */
export type Check = (value: unknown) => boolean

/** A check for each field of an object. */
export type Checks<T> = {readonly [Field in keyof T]-?: Check}

/** Any text. */
export const isString: Check = (value) => typeof value === 'string'
/** A text of at least one character. */
export const isText: Check = (value) => typeof value === 'string' && value !== ''
/** Any number. */
export const isNumber: Check = (value) => typeof value === 'number'
/** A whole number from 0. */
export const isCount: Check = (value) => Number.isInteger(value) && Number(value) >= 0
/** A whole number from 1. */
export const isPositive: Check = (value) => isCount(value) && value !== 0
/** One of these values. */
export const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value)
/** A value that may be missing, and is valid if it is there. */
export const optional =
  (isValid: Check): Check =>
  (value) =>
    value === undefined || isValid(value)

/** Parses the JSON of an object. @returns undefined for any other text */
export function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : undefined
  } catch {
    return undefined // not JSON
  }
}

/** Returns true for an object that is not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads the known fields of an object. A schema library does so, too, and takes a tenth of the time of a list of 50 servers.
 * @returns undefined if it is not an object, or if one of these fields is not valid
 */
export function readFields<T>(value: unknown, checks: Checks<T>): T | undefined {
  if (!isObject(value)) return undefined
  const known: Record<string, unknown> = {}
  for (const [field, isValid] of Object.entries<Check>(checks)) {
    if (!isValid(value[field])) return undefined
    if (value[field] !== undefined) known[field] = value[field]
  }

  return known as T
}
