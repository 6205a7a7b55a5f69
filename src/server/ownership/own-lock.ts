import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'

import {systemCode} from '../../lib/errors.js'

const DESCRIPTORS = '/proc/self/fdinfo'

/**
 * Looks at the kernel's list of the locks that this process holds on a file: any code in it that opens and closes the
 * file drops them all, without a word to whoever took them.
 * @param path of a file that this process has locked, through a descriptor that it keeps
 * @returns whether it is locked still; undefined where the kernel does not tell (it does on Linux, with /proc): then
 * nothing can be concluded
 */
export function watchOwnLock(path: string): (() => boolean) | undefined {
  try {
    const {dev, ino} = statSync(path)
    for (const fd of readdirSync(DESCRIPTORS)) {
      const opened = statSync(`/proc/self/fd/${fd}`, {throwIfNoEntry: false})
      if (opened?.dev !== dev || opened.ino !== ino) continue
      const isLocked = () => tellsOfLock(`${DESCRIPTORS}/${fd}`)
      if (isLocked()) return isLocked
    }
  } catch {
    // no such /proc: the look at the files themselves has to do
  }

  return undefined
}

/** @throws the error of the file system, unless something covers /proc by now: then nothing can be concluded any more */
function tellsOfLock(path: string): boolean {
  try {
    return /^lock:/m.test(readFileSync(path, 'latin1'))
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && !existsSync(DESCRIPTORS)) return true
    throw error
  }
}
