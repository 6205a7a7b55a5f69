import {kill} from 'node:process'

import {systemCode} from '../errors.js'

/** Asks the kernel itself whether there is a process of this pid. A zombie counts; what it is cannot be told. */
export function exists(pid: number): boolean {
  try {
    kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: another user's, so it is there. What is no pid at all Node.js refuses by itself.
    return !['ERR_INVALID_ARG_TYPE', 'ESRCH'].includes(systemCode(error) ?? '')
  }
}
