import {lstatSync, statSync} from 'node:fs'
import {dirname, isAbsolute} from 'node:path'

import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {messageOf, ServerError, systemCode} from '../../lib/errors.js'
import {publicBackup} from '../../lib/files/backups.js'
import {besideDatabase} from '../../lib/files/beside-database.js'
import {isTakenForPart} from '../../lib/files/part-of-graph.js'
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

function* copyTo([path]: [string], {copies, wrong}: CallContext): CooperativeTask<Value> {
  const shown = showEdn(path)
  if (path.includes('\0')) throw wrong('dst-path', 'a path', `${shown}, which has a NUL character`)
  if (!isAbsolute(path)) throw wrong('dst-path', 'an absolute path', shown)
  try {
    if (!statSync(dirname(path), {throwIfNoEntry: false})?.isDirectory())
      throw wrong('dst-path', 'a path in an existing directory', shown)
    // A link that leads nowhere is something, too.
    if (lstatSync(path, {throwIfNoEntry: false}))
      throw wrong('dst-path', 'the path of a new file', `${shown}, which exists`)
    if (isTakenForPart(path))
      throw wrong('dst-path', 'a path of its own', `${shown}, which would be taken for a part of a graph`)
    const [beside] = besideDatabase(path) // SQLite would apply it to the copy
    if (beside !== undefined)
      throw wrong(
        'dst-path',
        'a path without a log or journal beside it',
        `${shown}, beside which ${showEdn(beside)} exists`,
      )
    yield* copies.copyTo(path)
  } catch (error) {
    const errno = systemCode(error) ?? ''
    if (!REFUSALS.has(errno)) throw error
    const {code, details, message} = wrong('dst-path', 'a path that can be written', `${shown}: ${messageOf(error)}`)
    throw new ServerError(code, message, {cause: error, details: {...details, errno}})
  }

  return toValue({path})
}

/** Codes of a file system that refuses a write. */
const REFUSALS = new Set(['EACCES', 'EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'EPERM', 'EROFS'])
