import {closeSync, openSync, readdirSync, readSync, statSync} from 'node:fs'

const DESCRIPTORS = '/proc/self/fdinfo'

/** More than the kernel says about a descriptor with one lock, in bytes. */
const MAX_BYTES = 4096

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
      const isLocked = lockReader(`${DESCRIPTORS}/${fd}`)
      if (isLocked) return isLocked
    }
  } catch {
    // no such /proc: the look at the files themselves has to do
  }

  return undefined
}

/**
 * Keeps the file open in which the kernel describes a descriptor: each read makes its text anew.
 * @returns a function that returns whether the descriptor holds a lock; undefined if it holds none now
 */
function lockReader(path: string): (() => boolean) | undefined {
  const info = openSync(path, 'r')
  const bytes = Buffer.alloc(MAX_BYTES)
  const isLocked = () => /^lock:/m.test(bytes.toString('latin1', 0, readSync(info, bytes, 0, MAX_BYTES, 0)))
  if (isLocked()) return isLocked
  closeSync(info)
  return undefined
}
