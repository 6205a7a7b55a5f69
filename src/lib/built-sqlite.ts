import {closeSync, openSync, readSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'

import {PACKAGE_ROOT} from './package-root.js'

/**
 * Loads the SQLite that this package has for Node.js without one, with the interface of `node:sqlite`:
 * scripts/native-sqlite.js.
 * @throws the loader's error, `MODULE_NOT_FOUND` on a machine for which there is no build
 */
export function loadBuiltSqlite(): unknown {
  const {arch, platform} = process
  const build = `${platform}-${arch}${platform === 'linux' && isMusl() ? '-musl' : ''}.node`
  return createRequire(import.meta.url)(join(PACKAGE_ROOT, 'dist', 'bundle', 'sqlite', build))
}

/** Bytes of a program that hold the path of its dynamic linker, on Linux. elf(5) */
const HEAD_BYTES = 4096

/** Returns true if Node.js is linked with the C library musl. */
function isMusl(): boolean {
  try {
    return headOf(process.execPath).includes('/ld-musl-')
  } catch {
    return hasNoGlibc() // without /proc, Node.js knows only the name by which it was called; or it may not be read
  }
}

function headOf(path: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  const program = openSync(path, 'r')
  try {
    readSync(program, head)
  } finally {
    closeSync(program)
  }

  return head
}

/** Asks Node.js itself, which takes longer. */
function hasNoGlibc(): boolean {
  const {header} = process.report.getReport() as {header: {glibcVersionRuntime?: string}}
  return header.glibcVersionRuntime === undefined
}
