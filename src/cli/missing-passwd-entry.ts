/**
 * Sets up a user without a passwd entry, as in a container that runs with a bare UID: such a user has no home and no
 * shell, and oclif exits without them. Import it before oclif, for its effect.
 */
import {homedir, userInfo} from 'node:os'

if (process.env['HOME'] === undefined && fails(homedir)) process.env['HOME'] = '/' // container engines set it to /
if (process.env['SHELL'] === undefined && fails(userInfo)) process.env['SHELL'] = '/bin/sh'

function fails(ask: () => unknown): boolean {
  try {
    ask()
    return false
  } catch {
    return true // the only reason is a missing passwd entry
  }
}
