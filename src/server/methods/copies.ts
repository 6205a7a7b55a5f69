import {existsSync} from 'node:fs'
import {dirname, isAbsolute} from 'node:path'

import type {Pace, Task} from '../../engine/task.js'
import {messageOf, systemCode} from '../../lib/errors.js'
import {publicBackup} from '../../lib/graphs/backups.js'
import type {Value} from '../../values/types.js'
import type {Arguments} from './arguments.js'
import type {Method, MethodContext} from './method.js'
import {fromPlain} from './plain.js'

/** Copies of the graph in files of their own. They wait for the writes before them, and later ones wait for them. */
export const copyMethods: readonly Method[] = [
  // Not one of Logseq's: makes a backup in the graph's own directory of them.
  {access: 'control', exclusive: true, name: 'graph/backup', task: backUp},
  {access: 'control', exclusive: true, name: 'thread-api/backup-db-sqlite', task: copyTo},
]

/** `[repo]` */
function* backUp(_: Arguments, {copies}: MethodContext, pace: Pace): Task<Value> {
  return fromPlain({...publicBackup(yield* copies.backUp(pace))})
}

/** `[repo dst-path]`: the path of a file that is not there yet. */
function* copyTo(args: Arguments, {copies}: MethodContext): Task<Value> {
  const path = args.text(1, 'dst-path')
  if (path.includes('\0')) throw args.wrong('dst-path', 'has to be a path: it holds a NUL character')
  if (!isAbsolute(path)) throw args.wrong('dst-path', 'has to be an absolute path')
  if (!existsSync(dirname(path))) throw args.wrong('dst-path', 'has to be in a directory that is there')
  if (existsSync(path)) throw args.wrong('dst-path', 'has to be a file that is not there yet')
  try {
    yield* copies.copyTo(path)
  } catch (error) {
    if (!REFUSALS.has(systemCode(error) ?? '')) throw error
    throw args.wrong('dst-path', `cannot be written: ${messageOf(error)}`)
  }

  return fromPlain({path})
}

/** What a file system says to whoever may not write there. */
const REFUSALS = new Set(['EACCES', 'EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'EPERM', 'EROFS'])
