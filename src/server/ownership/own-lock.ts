import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'

import {systemCode} from '../../lib/errors.js'

const DESCRIPTORS = '/proc/self/fdinfo'

/**
 * Watches the kernel's list of this process's locks on a file: any code that opens and closes the file releases them
 * without notice.
 * @param path file that this process has locked through a descriptor that it keeps
 * @returns a function that returns whether it is still locked; undefined where the kernel does not report locks (Linux
 * does, with /proc)
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
