import {lstatSync, realpathSync, type Stats, statSync} from 'node:fs'
import {dirname} from 'node:path'

import {systemCode} from '../errors.js'
import {isSameFile, kindOf} from './own-files.js'
import {userName} from './users.js'

/** State of a path that a user has named for a file to be written. */
export type WriteTarget =
  /** Nothing: a new file can be made. */
  | {kind: 'free'}
  /** A file that can be replaced. `path` is that of the file itself, to which a link leads. */
  | {kind: 'file'; path: string}
  | {kind: 'directory'}
  /** Something else. `why` describes it. */
  | {kind: 'other'; why: string}

/**
 * Finds out what a write to a path would replace. A link is judged by what it leads to: a rename over the link would put a file
 * in its place, and `/dev/stdout` is one.
 * @throws the error of the file system
 */
export function writeTargetOf(path: string): WriteTarget {
  const entry = lstatSync(path, {throwIfNoEntry: false})
  if (!entry) return {kind: 'free'}
  if (entry.isSymbolicLink()) return targetOfLink(path, entry)
  if (entry.isFile()) return {kind: 'file', path}
  return entry.isDirectory() ? {kind: 'directory'} : {kind: 'other', why: `it is ${kindOf(entry)}`}
}

function targetOfLink(path: string, link: Stats): WriteTarget {
  const other = (why: string): WriteTarget => ({kind: 'other', why: `it is a link ${why}`})
  const target = through(() => statSync(path))
  if (target === undefined) return other('that leads nowhere')
  if (target.isDirectory()) return {kind: 'directory'}
  if (!target.isFile()) return other(`to ${kindOf(target)}`)
  // A link of the kernel may lead to a file that no path has, such as one that was removed.
  const real = through(() => realpathSync(path))
  if (real === undefined || !isSameFile(target, lstatSync(real, {throwIfNoEntry: false})))
    return other('to a file without a path')
  const self = process.getuid?.()
  // Where all may write, another user's link would choose which of this user's files is replaced.
  if (self !== undefined && ![self, 0, statSync(dirname(path)).uid].includes(link.uid))
    return other(`that belongs to ${userName(link.uid)}`)
  return {kind: 'file', path: real}
}

/** Returns undefined for a link that leads nowhere, or in a circle. */
function through<T>(follow: () => T): T | undefined {
  try {
    return follow()
  } catch (error) {
    if (['ELOOP', 'ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined
    throw error
  }
}
