import {execFileSync} from 'node:child_process'
import {mkdirSync} from 'node:fs'

/** A file system that was mounted for a test. */
export interface Mounted {
  /** Makes it read-only, or writable again. */
  remount(mode: 'ro' | 'rw'): void
  unmount(): void
}

/**
 * Mounts a small file system in memory.
 * @returns the reason, as text, where this user or container may not mount
 */
export function mountTmpfs(dir: string, size: string): Mounted | string {
  mkdirSync(dir, {recursive: true})
  try {
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir)
  } catch (error) {
    return (error as Error).message.split('\n').join(' ')
  }

  return {
    remount: (mode) => mount('-o', `remount,${mode}`, dir),
    unmount: () => execFileSync('umount', ['-l', dir], {stdio: 'pipe'}),
  }
}

function mount(...args: string[]): void {
  execFileSync('mount', args, {stdio: 'pipe'})
}
