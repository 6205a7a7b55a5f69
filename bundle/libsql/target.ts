import {closeSync, openSync, readSync} from 'node:fs'

/** In the place of `@neon-rs/load`: the name of the native part of libsql for this machine. */
export function currentTarget(): string {
  const {arch, platform} = process
  if (platform === 'win32') return `win32-${arch}-msvc`
  if (platform !== 'linux') return `${platform}-${arch}`
  return arch === 'arm' ? 'linux-arm-gnueabihf' : `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`
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

/** In the place of `detect-libc`. */
export const GLIBC = 'glibc'
export const MUSL = 'musl'
export const familySync = (): string => (isMusl() ? MUSL : GLIBC)
