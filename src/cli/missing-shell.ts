/**
 * Gives a user without a passwd entry a shell: oclif exits without one. Import it before oclif, for its effect. Runs
 * without oclif do without it: in services and CI, SHELL is not set, and to ask takes a millisecond.
 */
import {userInfo} from 'node:os'

if (process.env['SHELL'] === undefined) {
  try {
    userInfo()
  } catch {
    process.env['SHELL'] = '/bin/sh' // the only reason is a missing passwd entry
  }
}
