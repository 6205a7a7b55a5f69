import {lstatSync, unlinkSync} from 'node:fs'

/** Removes a file, if it is there. `rmSync` would do, but is in a module of Node.js that is loaded for it. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    // A read-only disk refuses also what is not there.
    if (lstatSync(path, {throwIfNoEntry: false})) throw error
  }
}
