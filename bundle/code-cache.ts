// Every Node.js from 12.20 on can read this; only a supported one runs it.
import {isAscii} from 'node:buffer'
import {readFileSync} from 'node:fs'
import {dirname, isAbsolute, join} from 'node:path'
import {Script} from 'node:vm'

import {makePrivate, readTwice, writeTwice} from './private-files.js'

/** Loads a file of dist/bundle by its name there. */
export type Load = (name: string) => Record<string, unknown>

/** Calls back when all that is worth keeping is compiled. */
type Keep = (write: () => void) => void

const keepAtEnd: Keep = (write) => process.once('exit', write)

/** Hash of the bundles. Filled in by scripts/bundle.js. */
declare const BUILD_HASH: string

/**
 * Makes a loader of CommonJS files that keeps the compiled code for the next process: compiling costs more than running.
 * Node.js 22 and later does so itself. Without a place for the code, or with a broken entry, a file is compiled as usual.
 * @param keep when to write the code of what had to be compiled; by default at the end of the process
 */
export function cachedLoader(keep: Keep = keepAtEnd): Load {
  const directory = cacheDirectory()
  const isBuiltIn = Number.parseInt(process.versions.node, 10) >= 22
  if (directory !== undefined && !isBuiltIn)
    return (name) => run(join(__dirname, name), join(directory, entryName(name)), keep)
  if (directory !== undefined && makePrivate(directory)) {
    const node = require('node:module') as {enableCompileCache?: (directory: string) => unknown} // from 22.1 on
    node.enableCompileCache?.(directory)
  }

  return (name) => require(join(__dirname, name)) as Record<string, unknown>
}

/** V8 compares the length of the source only, so the hash of the build is part of the name. */
function entryName(name: string): string {
  return [name.replaceAll(/\W/g, '-'), BUILD_HASH, process.versions.v8, process.arch].join('_')
}

function run(path: string, entry: string, keep: Keep): Record<string, unknown> {
  const cachedData = readTwice(entry)
  const source = readFileSync(path)
  const script = new Script(
    // Decoding UTF-8 takes as long as compiling.
    `(function (exports, require, module, __filename, __dirname) {${source.toString(isAscii(source) ? 'latin1' : 'utf8')}\n})`,
    {...(cachedData && {cachedData}), filename: path},
  )
  if (!cachedData || script.cachedDataRejected) keep(() => writeTwice(entry, script.createCachedData()))
  const module: {exports: Record<string, unknown>} = {exports: {}}
  const wrapped = script.runInThisContext() as (...args: readonly unknown[]) => void
  wrapped(module.exports, require, module, path, dirname(path))
  return module.exports
}

/** Undefined where a person does not want a cache, or has no place for one. */
function cacheDirectory(): string | undefined {
  const {env, platform} = process
  if (env['NODE_DISABLE_COMPILE_CACHE']) return undefined
  const base = env['XDG_CACHE_HOME'] || (platform === 'win32' ? env['LOCALAPPDATA'] : homeCache(platform))
  return base && isAbsolute(base) ? join(base, 'logseq-server', 'code') : undefined
}

function homeCache(platform: string): string | undefined {
  try {
    // Most people have HOME, and need nothing of that module.
    const home = process.env['HOME'] || (require('node:os') as {homedir(): string}).homedir()
    return home && join(home, platform === 'darwin' ? 'Library/Caches' : '.cache')
  } catch {
    return undefined // a user without a name and without HOME
  }
}
