import type {ChildProcess} from 'node:child_process'

import {ServerError} from '../errors.js'

/**
 * Requires that a child that was just spawned has its pipes. Where no descriptor is left, Node.js makes none, and emits the reason
 * only after the caller has failed to read them: it would be uncaught.
 * @returns the child
 * @throws ServerError `too-many-open-files`
 */
export function requirePipes<T extends ChildProcess>(child: T): T {
  if ((child.stdio as unknown) !== undefined) return child
  child.on('error', () => {}) // it is thrown here
  throw new ServerError('too-many-open-files', 'Cannot open more files')
}
