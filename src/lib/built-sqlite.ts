import {closeSync, openSync, readSync} from 'node:fs'
import {createRequire} from 'node:module'

import {packagePath} from './package-root.js'

interface NativeStatement {
  all(...parameters: unknown[]): unknown
  get(...parameters: unknown[]): unknown
  iterate(...parameters: unknown[]): Iterable<unknown>
}

interface NativeModule {
  DatabaseSync: new (path: string, options: object) => {prepare(sql: string): NativeStatement}
}

let loaded: NativeModule | undefined

/**
 * Loads the SQLite that this package has for Node.js without one, with the interface of `node:sqlite`:
 * scripts/native-sqlite.js.
 * @throws the loader's error, `MODULE_NOT_FOUND` on a machine without a build
 */
export function loadBuiltSqlite(): unknown {
  loaded ??= withCodes(loadNative())
  return loaded
}

function loadNative(): NativeModule {
  const {arch, platform} = process
  const build = `${platform}-${arch}${platform === 'linux' && isMusl() ? '-musl' : ''}.node`
  return createRequire(import.meta.url)(packagePath('dist', 'bundle', 'sqlite', build)) as NativeModule
}

/** SQLite's texts for its results, and the codes that these have when a statement reads. https://sqlite.org/rescode.html */
const CODES: readonly (readonly [RegExp, number])[] = [
  [/^database is locked/, 5],
  [/^attempt to write a readonly database/, 8],
  [/^disk I\/O error/, 266],
  [/^database disk image is malformed/, 11],
  [/^database or disk is full/, 13],
  [/^unable to open database file/, 14],
  [/constraint failed/, 19],
  [/^file is not a database/, 26],
]

/** Gives the errors of `all` and `iterate` the code that the native part adds to the errors of every other call only. */
function withCodes({DatabaseSync}: NativeModule): NativeModule {
  return {
    DatabaseSync: class extends DatabaseSync {
      override prepare(sql: string): NativeStatement {
        const statement = super.prepare(sql)
        return {
          all(...parameters) {
            try {
              return statement.all(...parameters)
            } catch (error) {
              throw withCode(error as Error)
            }
          },
          get: (...parameters) => statement.get(...parameters),
          *iterate(...parameters) {
            try {
              yield* statement.iterate(...parameters)
            } catch (error) {
              throw withCode(error as Error)
            }
          },
        }
      }
    },
  }
}

function withCode(error: Error): Error {
  const [, errcode] = CODES.find(([text]) => text.test(error.message)) ?? []
  return errcode === undefined ? error : Object.assign(error, {errcode})
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
