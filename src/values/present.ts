/**
 * Returns a value that exists by the logic of its caller, such as an entry that was added before. Null is a value: nil.
 * @throws Error if it does not exist, which is a bug
 */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a value that has to exist is missing')
  return value
}
