import {execFileSync, spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, statSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'

import {CLI} from './sandbox.js'

/** A file system that was mounted for a test. */
export interface Mounted {
  /** Makes it read-only, or writable again. */
  remount(mode: 'ro' | 'rw'): void
  unmount(): void
}

/**
 * A small disk of a test's own, in memory. Where this user or container may not mount one, the reason is printed and the test is skipped.
 * @param size as for mount(8), e.g. `64k`, or `64k,nr_inodes=2`
 */
export function needsDisk(test: Mocha.Context, dir: string, size: string): Mounted {
  mkdirSync(dir, {recursive: true})
  try {
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir)
  } catch (error) {
    console.log(`      skipped: no disk can be mounted here (${(error as Error).message.split('\n').join(' ')})`)
    return test.skip()
  }

  return {
    remount: (mode) => remount(dir, mode),
    unmount: () => execFileSync('umount', ['-l', dir], {stdio: 'pipe'}),
  }
}

/** A process that is dead may hold its files a moment longer, while its threads end: then the disk is busy. */
function remount(dir: string, mode: string): void {
  const until = performance.now() + 5000
  for (;;) {
    try {
      return mount('-o', `remount,${mode}`, dir)
    } catch (error) {
      if (!/busy/.test(String(error)) || performance.now() > until) throw error
    }
  }
}

function mount(...args: string[]): void {
  execFileSync('mount', args, {stdio: 'pipe'})
}

/** Leaves no block free on a small file system: fills a file of the name `filler`. */
export function fillDisk(dir: string): void {
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeFileSync(join(dir, 'filler'), Buffer.alloc(size), {flag: 'a'})
    } catch {
      // full for pieces of this size
    }
  }

  if (statSync(join(dir, 'filler')).size === 0) throw new Error('the file system could not be filled')
}

/** Leaves so many bytes free, in whole pages of memory. */
export function leaveFree(dir: string, bytes: number): void {
  fillDisk(dir)
  const filler = join(dir, 'filler')
  truncateSync(filler, statSync(filler).size - bytes)
}

/** Returns true if a shell command that mounts something works in a mount namespace of its own. */
export function canMount(command: string): boolean {
  return spawnSync('unshare', ['-m', 'sh', '-c', command], {stdio: 'pipe'}).status === 0
}

/**
 * Writes a program that runs the CLI in a namespace of its own, after a shell command that mounts something there.
 * @param path of the program, which `RunOptions.cli` takes
 * @param flags of unshare(1)
 */
export function writeMountedCli(path: string, command: string, {flags = ['-m'], node = process.execPath} = {}): void {
  const words = [...flags, 'sh', '-c', `${command || ':'} && exec "$0" "$@"`, node, CLI]
  writeFileSync(
    path,
    `const {spawnSync} = require('node:child_process')
    const env = {...process.env}
    delete process.env.LOADED_MODULES // the CLI reports what it loads, this program does not
    const words = [...${JSON.stringify(words)}, ...process.argv.slice(2)]
    const {signal, status} = spawnSync('unshare', words, {env, stdio: 'inherit'})
    process.exitCode = signal ? 1 : status`,
  )
  chmodSync(path, 0o755)
}
