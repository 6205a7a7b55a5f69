import {linkSync, lstatSync, renameSync} from 'node:fs'

import {systemCode} from '../errors.js'
import {removeIfThere} from './remove.js'

/**
 * Gives a complete file its name, which nothing has yet. Something that has come there meanwhile is not replaced. Only on a file
 * system without hard links a file that comes between the last look and the rename is lost: no call of theirs does both.
 * @throws the error of the file system; `EEXIST` if something has the name
 */
export function giveNewName(part: string, path: string): void {
  try {
    linkSync(part, path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw error
    // A file system without hard links, which has several codes for that. For anything else the rename fails, too.
    if (lstatSync(path, {throwIfNoEntry: false})) throw existsError(path)
    renameSync(part, path)
    return
  }

  removeIfThere(part)
}

function existsError(path: string): Error {
  return Object.assign(new Error(`EEXIST: file already exists, link '${path}'`), {
    code: 'EEXIST',
    path,
    syscall: 'link',
  })
}
