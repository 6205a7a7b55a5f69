/**
 * A user without an entry in the user database, as a container started with a bare number has it, has no home and no
 * shell. oclif asks for both, and ends the process where there is no answer. To be imported before it, for its effect.
 */
import {homedir, userInfo} from 'node:os'

if (process.env['HOME'] === undefined && fails(homedir)) process.env['HOME'] = '/' // as container engines set it
if (process.env['SHELL'] === undefined && fails(userInfo)) process.env['SHELL'] = '/bin/sh'

function fails(ask: () => unknown): boolean {
  try {
    ask()
    return false
  } catch {
    return true // there is no other reason than that nobody knows the user
  }
}
