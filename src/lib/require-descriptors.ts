import {closeSync, openSync} from 'node:fs'
import {devNull} from 'node:os'

/**
 * Requires that this process can open so many more files now.
 * @throws the system's error, `EMFILE` or `ENFILE`
 */
export function requireDescriptors(count: number): void {
  const opened: number[] = []
  try {
    while (opened.length < count) opened.push(openSync(devNull, 'r'))
  } finally {
    for (const fd of opened) closeSync(fd)
  }
}
