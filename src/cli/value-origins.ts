import {type ErrorCode, ServerError} from '../lib/errors.js'
import {expandDataDir} from '../lib/graphs/data-dir.js'
import {present} from '../values/present.js'

/** Origin of a flag's value that is not on the line: an environment variable, or a key of the configuration file. */
export interface Origin {
  name: string
  value: string
}

/** Flags whose value can cause an error, by error code. */
const NAMED_BY: Partial<Record<ErrorCode, readonly string[]>> = {
  'data-dir-permission': ['data-dir'],
  'graph-not-exists': ['repo', 'data-dir'],
  'invalid-graph-name': ['repo'],
  'server-start-failed': ['worker-script'],
}

/** Names the environment variable or the configuration file if the graph, the data directory or the worker script of the error came from there. */
export function withOrigins(error: ServerError, origins: ReadonlyMap<string, Origin>): ServerError {
  const {code, details, hint, message} = error
  // About a process, or a server that failed by itself, not about a directory or the script.
  const isUnnamed = details['pid'] !== undefined || (code === 'server-start-failed' && details['path'] === undefined)
  const flags = (!isUnnamed && NAMED_BY[code]) || []
  const names = flags
    .map((flag) => origins.get(flag))
    .filter((origin) => origin !== undefined && isAbout(details['path'], origin.value))
    .map((origin) => present(origin).name)
  if (names.length === 0) return error
  return new ServerError(code, `${message} (from ${names.join(' and ')})`, {cause: error, details, hint})
}

/** Returns true for an error about the directory that a variable names, and false for another path, such as an export. */
function isAbout(path: unknown, given: string | undefined): boolean {
  if (typeof path !== 'string' || given === undefined) return true
  const directory = expandDataDir(given)
  return `${path}/`.startsWith(`${directory}/`) || `${directory}/`.startsWith(`${path}/`)
}
