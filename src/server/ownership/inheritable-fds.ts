import {closeSync, fstatSync, readdirSync, readFileSync, statSync} from 'node:fs'

import {systemCode} from '../../lib/errors.js'

/** O_CLOEXEC in the flags that Linux reports of a descriptor. proc_pid_fdinfo(5) */
const CLOSE_ON_EXEC = 0o200_0000

/**
 * Closes the files that the caller had open when it started this process, beyond stdin, stdout and stderr. Node.js
 * prevents their inheritance only up to the first gap (libuv's `uv_disable_stdio_inheritance`); a pipe that a shell or
 * a CI runner keeps at descriptor 251 would never end. On macOS the kernel does this; elsewhere nothing is known. A
 * file that this process opened itself must not be closed: its owner would close the number a second time, and with it
 * a newer file, perhaps that of the server lock. JavaScript opens files close-on-exec, which distinguishes them. But a
 * thread of Node.js that reads certificates (NODE_EXTRA_CA_CERTS, from Node.js 26 on) does not. So a file is closed
 * only if the parent has the same one at the same number.
 * @param parent directory of the parent's descriptors
 */
export function closeInheritableFds(info = '/proc/self/fdinfo', parent = `/proc/${process.ppid}/fd`): void {
  for (const fd of openDescriptors(info)) {
    if (fd > 2 && survivesExec(`${info}/${fd}`) && (isConversation(fd) || isSameFile(fd, `${parent}/${fd}`)))
      closeSync(fd)
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

function survivesExec(path: string): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(path, 'utf8'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    return false // closed meanwhile: the descriptor that listed the directory
  }
}

/**
 * Returns true for a pipe, a socket or a terminal: another process may wait for its end, and no thread of Node.js has
 * one that survives exec.
 */
function isConversation(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    return stat.isFIFO() || stat.isSocket() || process.getBuiltinModule('node:tty').isatty(fd)
  } catch {
    return false // closed meanwhile
  }
}

function isSameFile(fd: number, path: string): boolean {
  try {
    const [mine, other] = [fstatSync(fd), statSync(path)]
    return mine.dev === other.dev && mine.ino === other.ino
  } catch {
    return false // closed meanwhile, or the parent has none, or has gone: then it is not known whose it is
  }
}
