import {ServerError} from './errors.js'

/**
 * Returns an option that has to be a text. Programs in JavaScript may leave it out, or all options, or pass something else.
 * @throws ServerError `usage`, with its name
 */
export function requireText(options: object | undefined, name: string): string {
  const value = (options as Record<string, unknown> | null | undefined)?.[name]
  if (typeof value === 'string') return value
  throw new ServerError('usage', `The option ${name} is not a text: got ${kindOf(value)}`, {
    details: {option: name},
    hint: `Pass the option ${name} as a text.`,
  })
}

/**
 * Requires an argument that has to be an object, also where each of its fields is optional: options left out by mistake must not
 * mean every server.
 * @throws ServerError `usage`, with its name
 */
export function requireObject(value: unknown, name: string): void {
  if (typeof value === 'object' && value !== null) return
  throw new ServerError('usage', `The argument ${name} is not an object: got ${kindOf(value)}`, {
    details: {option: name},
    hint: `Pass the argument ${name} as an object.`,
  })
}

/** Names the type of a value, for a message. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
