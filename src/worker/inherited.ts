import {closeSync, readdirSync, readFileSync} from 'node:fs'

import {systemCode} from '../lib/errors.js'

/** O_CLOEXEC in the flags that Linux tells of a descriptor. proc_pid_fdinfo(5) */
const CLOSE_ON_EXEC = 0o200_0000

/**
 * Closes the files that the caller had open when it started this process, beyond stdin, stdout and stderr. Node.js
 * keeps a child from inheriting them only up to the first gap (libuv's `uv_disable_stdio_inheritance`); a pipe that a
 * shell or a CI runner keeps at descriptor 251 would never end. All that Node.js itself opens is close-on-exec, and
 * thereby told apart. On macOS the kernel does this; elsewhere nothing is known.
 */
export function closeInherited(info = '/proc/self/fdinfo'): void {
  for (const fd of openDescriptors(info)) {
    if (fd > 2 && isInherited(`${info}/${fd}`)) closeSync(fd)
  }
}

function openDescriptors(info: string): number[] {
  try {
    return readdirSync(info).map(Number)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function isInherited(path: string): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(path, 'utf8'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    return false // closed meanwhile: the descriptor that listed the directory
  }
}
