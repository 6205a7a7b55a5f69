import {ServerError} from './errors.js'

/**
 * Returns an option that has to be a text. Programs in JavaScript may leave it out, or pass something else.
 * @throws ServerError `usage`, with its name
 */
export function requireText(options: object | undefined, name: string): string {
  const value = (options as Record<string, unknown> | undefined)?.[name]
  if (typeof value === 'string') return value
  const got = value === undefined || value === null ? 'nothing' : `a ${typeof value}`
  throw new ServerError('usage', `The option ${name} is not a text: got ${got}`, {
    details: {option: name},
    hint: `Pass the option ${name} as a text.`,
  })
}
