import {open} from 'node:fs/promises'
import {dirname, join} from 'node:path'

/** Marks the fuses in an Electron binary: after it a version, the number of fuses, and one character each. @electron/fuses */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const VERSION = 1
const OFF = 0x30

const CHUNK = 4 * 1024 * 1024

/**
 * Returns true if an Electron program cannot run as Node.js (its RunAsNode fuse is off). Calling it would open another
 * window of the app.
 * @param execPath path of the program; on macOS the fuses are in a framework beside it
 * @returns false if the fuses cannot be read; the call itself then shows the result
 */
export async function refusesNode(execPath: string, platform = process.platform): Promise<boolean> {
  const framework = '../Frameworks/Electron Framework.framework/Electron Framework'
  const path = platform === 'darwin' ? join(dirname(execPath), framework) : execPath
  try {
    return (await firstFuse(path)) === OFF
  } catch {
    return false // a missing or unreadable program: the call fails with its own error
  }
}

/** Reads the first fuse, RunAsNode, from the file. */
async function firstFuse(path: string): Promise<number | undefined> {
  const file = await open(path)
  try {
    const overlap = SENTINEL.length + 3
    const bytes = Buffer.alloc(CHUNK + overlap)
    let kept = 0
    for (;;) {
      const {bytesRead} = await file.read(bytes, kept, CHUNK)
      if (bytesRead === 0) return undefined
      const seen = bytes.subarray(0, kept + bytesRead)
      for (let at = seen.indexOf(SENTINEL); at !== -1; at = seen.indexOf(SENTINEL, at + 1)) {
        const end = at + SENTINEL.length
        if (seen[end] === VERSION && end + 2 < seen.length) return seen[end + 2]
      }

      kept = Math.min(overlap, seen.length)
      seen.copy(bytes, 0, seen.length - kept)
    }
  } finally {
    await file.close()
  }
}
