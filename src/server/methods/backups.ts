import {existsSync, lstatSync, realpathSync, statSync} from 'node:fs'
import {basename, dirname, isAbsolute, join} from 'node:path'

import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {messageOf, systemCode} from '../../lib/errors.js'
import {publicBackup} from '../../lib/files/backups.js'
import {BESIDE_DATABASE} from '../../lib/files/own-files.js'
import {backups as specs} from '../../protocol/methods/backups.js'
import {showEdn} from '../../values/edn-write.js'
import type {Value} from '../../values/types.js'
import {type CallContext, implement} from './method.js'
import {toValue} from './to-value.js'

export const backupMethods = implement(specs, {
  'graph/backup': {
    *task(_, {copies}, execution: ExecutionContext) {
      return toValue({...publicBackup(yield* copies.backUp(execution))})
    },
  },
  'thread-api/backup-db-sqlite': {task: copyTo},
})

function* copyTo([path]: [string], {copies, graph, wrong}: CallContext): CooperativeTask<Value> {
  const shown = showEdn(path)
  if (path.includes('\0')) throw wrong('dst-path', 'a path', `${shown}, which has a NUL character`)
  if (!isAbsolute(path)) throw wrong('dst-path', 'an absolute path', shown)
  try {
    if (!statSync(dirname(path), {throwIfNoEntry: false})?.isDirectory())
      throw wrong('dst-path', 'a path in an existing directory', shown)
    // A link that leads nowhere is something, too.
    if (lstatSync(path, {throwIfNoEntry: false}))
      throw wrong('dst-path', 'the path of a new file', `${shown}, which exists`)
    if (isTakenForPart(path, graph.dir))
      throw wrong('dst-path', 'a path of its own', `${shown}, which would be taken for a part of a graph`)
    yield* copies.copyTo(path)
  } catch (error) {
    if (!REFUSALS.has(systemCode(error) ?? '')) throw error
    throw wrong('dst-path', 'a path that can be written', `${shown}: ${messageOf(error)}`)
  }

  return toValue({path})
}

/** Names of files by which a graph is served, or that are to be. */
const OF_GRAPH = /^(?:db\.sqlite|db-worker)/

/** Returns true if SQLite, or a server of this graph, would open a file of this path as one of its own. */
function isTakenForPart(path: string, graphDir: string): boolean {
  const name = basename(path)
  const dir = realpathSync(dirname(path))
  if (dir === graphDir && OF_GRAPH.test(name)) return true
  const suffix = BESIDE_DATABASE.find((one) => name.endsWith(one))
  return suffix !== undefined && existsSync(join(dir, name.slice(0, -suffix.length)))
}

/** Codes of a file system that refuses a write. */
const REFUSALS = new Set(['EACCES', 'EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'EPERM', 'EROFS'])
