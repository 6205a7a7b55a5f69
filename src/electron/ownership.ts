import {requireObject} from '../lib/require-argument.js'
import type {ManagedRuntime} from './types.js'

/**
 * Describes who owns a server and what that means for the user of the app.
 * @throws ServerError `usage` without a runtime
 */
export function describeOwnership(
  runtime: Pick<ManagedRuntime, 'lifetime' | 'owned' | 'ownerId' | 'ownerSource'>,
): string {
  requireObject(runtime, 'runtime')
  const {lifetime, owned, ownerId, ownerSource} = runtime
  if (owned) {
    return lifetime === 'leased'
      ? 'Started by this app. It stops when the last window releases the graph, and soon after the app is gone.'
      : 'Belongs to this app. It stops when the last window releases the graph; if the app crashes, it keeps running.'
  }

  if (ownerSource === 'electron') {
    const which = ownerId === undefined ? 'another app' : `another app or profile (${ownerId})`
    return `Started by ${which}, and shared. It may stop with that one; this app then starts its own.`
  }

  const who = ownerSource === 'cli' ? 'the command line' : 'another program'
  return `Started by ${who}, and shared. This app never stops it: it keeps running when you quit.`
}
