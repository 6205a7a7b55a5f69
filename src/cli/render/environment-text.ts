import type {EnvironmentResult} from '../../lib/lifecycle/environment.js'
import {shellQuote} from '../../lib/shell-quote.js'

/** Returns the lines that a POSIX shell evaluates. */
export function environmentText({env}: EnvironmentResult): string[] {
  return Object.entries(env).map(([name, value]) => `export ${name}=${shellQuote(value)}`)
}
