import {randomUUID} from 'node:crypto'
import {renameSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'

import {giveNewName} from '../files/give-name.js'

/** File that a user has named for what a command writes. */
export interface Destination {
  /** Absolute path as the user named it. */
  file: string
  /** True if a file is there, and is to be replaced. */
  replaces: boolean
  /** Path of the file itself, to which a link leads. */
  path: string
}

/** Length of `.1a2b3c4d.part`. */
export const OWN_SUFFIX = 14

/** Maximum length of a name, in bytes. */
const MAX_NAME = 255

/** Ending of temporary files: that of an export, and that of the server. */
const PART = /(?:\.[\da-f]{8}\.part)+/g

/** Returns a temporary path beside a file; a killed export leaves it. */
export function partOf({path}: Pick<Destination, 'path'>): string {
  const digits = `${randomUUID().slice(0, 8)}.part`
  const name = basename(path)
  // The server adds a suffix of its own while it copies.
  const fits = Buffer.byteLength(name) + 2 * OWN_SUFFIX <= MAX_NAME
  return join(dirname(path), `${fits ? name : 'export'}.${digits}`)
}

/** Returns a text with the names of files instead of those of their temporary files. */
export function withoutPart(text: string): string {
  return text.replaceAll(PART, '')
}

/** Returns the path that the server may write: the file itself if it is new, and the server can add its suffix. */
export function pathForServer(destination: Destination): string {
  const isDirect = !destination.replaces && Buffer.byteLength(basename(destination.path)) + OWN_SUFFIX <= MAX_NAME
  return isDirect ? destination.path : partOf(destination)
}

/**
 * Gives a complete copy the name of its destination. A file that is not to be replaced is not.
 * @throws the error of the file system; `EEXIST` for a file that has come there meanwhile
 */
export function giveName(part: string, {path, replaces}: Destination): void {
  if (part === path) return
  if (replaces) renameSync(part, path)
  else giveNewName(part, path)
}
