// Every Node.js from 12.20 on can read this; only a supported one runs it.
import {isAscii} from 'node:buffer'
import {readFileSync} from 'node:fs'
import {dirname, isAbsolute, join} from 'node:path'
import {Script} from 'node:vm'

import {type Entry, makePrivate, readTwice, writeTwice, writeUses} from './private-files.js'

/** Loads a file of dist/bundle by its name there. */
export type Load = (name: string) => Record<string, unknown>

/** Calls back when most of what is worth keeping is compiled. */
type Keep = (write: () => void) => void

/** Number of uses that are counted. Later ones change nothing. */
const MAX_USES = 32

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
  const kept = readTwice(entry)
  const source = readFileSync(path)
  const script = new Script(
    // Decoding UTF-8 takes as long as compiling.
    `(function (exports, require, module, __filename, __dirname) {${source.toString(isAscii(source) ? 'latin1' : 'utf8')}\n})`,
    {...(kept && {cachedData: kept.content}), filename: path},
  )
  if (!kept || script.cachedDataRejected) keep(() => writeTwice(entry, script.createCachedData()))
  else if (kept.uses < MAX_USES) keep(() => countUse(entry, kept, script))
  const module: {exports: Record<string, unknown>} = {exports: {}}
  const wrapped = script.runInThisContext() as (...args: readonly unknown[]) => void
  wrapped(module.exports, require, module, path, dirname(path))
  return module.exports
}

/**
 * Counts a use of an entry. V8 keeps the functions that have run: those of the first process, which may have failed, or started a server
 * where most others find one. So an entry is replaced when a later process has compiled more. Looking takes longer than an entry saves,
 * so the 1st, 2nd, 4th, ... use looks, and then none.
 */
function countUse(entry: string, {content, uses}: Entry, script: Script): void {
  const now = uses + 1
  const isLooking = Number.isInteger(Math.log2(now))
  const code = isLooking ? script.createCachedData() : content
  if (code.length > content.length * 1.01) writeTwice(entry, code, now)
  else writeUses(entry, now)
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
