import {ServerError} from '../lib/errors.js'
import type {Requester} from '../lib/lock/owner.js'
import type {Lifetime} from '../lib/lock/record.js'
import type {LogLevel} from '../lib/log-level.js'

/** Parsed values of the flags that become options of an operation. */
export interface CommonFlags {
  create?: boolean
  'data-dir': string | string[]
  debug: boolean
  force?: boolean
  'idle-timeout'?: number
  lifetime?: Lifetime
  'log-level'?: LogLevel
  'owner-id'?: string
  'owner-pid'?: number
  'owner-source': 'cli' | 'electron'
  quiet: boolean
  repo?: string
  'show-token': boolean
  timeout?: number
  'worker-script'?: string
}

/** @throws ServerError `usage` if several data directories are given */
export function requireOneDataDir({'data-dir': dirs}: CommonFlags): void {
  if ([dirs].flat().length > 1) throw new ServerError('usage', '--data-dir may be repeated only with --all')
}

/**
 * Returns the requester. Options for apps are refused to others: no app would take the lease, and the server would
 * exit.
 */
export function requesterOf(flags: CommonFlags): Requester {
  const {'owner-id': id, 'owner-pid': pid, 'owner-source': source} = flags
  const onlyApps = pid === undefined ? flags.lifetime === 'leased' && '--lifetime leased' : '--owner-pid'
  if (onlyApps && source !== 'electron') {
    throw new ServerError('usage', `${onlyApps} is for apps: use it with --owner-source electron`)
  }

  return {source, ...(id !== undefined && {id}), ...(pid !== undefined && {process: {pid}})}
}

/** Removes the token and the lock ID from a result unless `--show-token` is given, because output ends up in logs. */
export function hideToken<T extends {'auth-token'?: string; 'graph-id'?: string; 'lock-id'?: string}>(
  result: T,
  flags: CommonFlags,
): T {
  if (flags['show-token']) return result
  const {'auth-token': _, 'graph-id': _graphId, 'lock-id': _lockId, ...shown} = result
  return shown as T
}
