import {unlinkSync} from 'node:fs'

import {systemCode} from '../errors.js'

/** Removes a file, if it is there. `rmSync` would do, but is in a module of Node.js that is loaded for it. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
