import {kill} from 'node:process'

import {systemCode} from '../errors.js'

/** Asks the kernel whether a process with this pid exists. A zombie counts. */
export function exists(pid: number): boolean {
  try {
    kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: the process belongs to another user, so it exists. Node.js itself rejects an invalid pid.
    return !['ERR_INVALID_ARG_TYPE', 'ESRCH'].includes(systemCode(error) ?? '')
  }
}
