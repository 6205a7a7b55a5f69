import {existsSync} from 'node:fs'
import {dirname, isAbsolute} from 'node:path'

import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {messageOf, systemCode} from '../../lib/errors.js'
import {publicBackup} from '../../lib/files/backups.js'
import {backups as specs} from '../../protocol/methods/backups.js'
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
  if (path.includes('\0')) throw wrong('dst-path', 'expected a path, got a text with a NUL character')
  if (!isAbsolute(path)) throw wrong('dst-path', `expected an absolute path, got ${JSON.stringify(path)}`)
  if (!existsSync(dirname(path))) throw wrong('dst-path', `the directory of ${JSON.stringify(path)} does not exist`)
  if (existsSync(path)) throw wrong('dst-path', `expected the path of a new file, but ${JSON.stringify(path)} exists`)
  try {
    yield* copies.copyTo(path)
  } catch (error) {
    if (!REFUSALS.has(systemCode(error) ?? '')) throw error
    throw wrong('dst-path', `cannot be written: ${messageOf(error)}`)
  }

  return toValue({path})
}

/** Codes of a file system that refuses a write. */
const REFUSALS = new Set(['EACCES', 'EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'EPERM', 'EROFS'])
