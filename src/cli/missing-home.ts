/**
 * Gives a user without a passwd entry, as in a container that runs with a bare UID, the home directory that container
 * engines set. Import it before anything that asks for a home directory, for its effect.
 */
import {homedir} from 'node:os'

if (process.env['HOME'] === undefined) {
  try {
    homedir()
  } catch {
    process.env['HOME'] = '/' // the only reason is a missing passwd entry
  }
}
