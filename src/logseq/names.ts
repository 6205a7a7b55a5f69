import {randomInt} from 'node:crypto'

import type {Database} from '../engine/database.js'
import {DB} from '../engine/idents.js'
import {type Keyword, keyword} from '../values/scalars.js'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const ENDING = `${LETTERS}0123456789_-`
const ENDING_LENGTH = 7

/** The `:block/name` of a page: its title in lower case, without a slash at either end. */
export function blockName(title: string): string {
  return title.toLowerCase().replace(/^\//, '').replace(/\/$/, '').normalize('NFC')
}

/** Returns the part of a title that goes into an ident. */
export function identNamePart(title: string): string {
  return title.replace(/^(?=\d)/, 'NUM-').replaceAll(/[^\w*+!'?<>=-]/g, '')
}

/** Returns the title of a page without what does not belong to it: blanks, brackets and a slash at either end. */
export function cleanTitle(title: string): string {
  const trimmed = title.trim()
  const bare = /^\[\[.*\]\]$/s.test(trimmed) ? trimmed.slice(2, -2) : trimmed
  return bare.replace(/^\//, '').replace(/\/$/, '')
}

/** An ident like the one given, with a number where others have it already. */
export function uniqueIdent(db: Database, ident: Keyword): Keyword {
  for (let count = 0; ; count++) {
    const candidate = count === 0 ? ident : keyword(`${ident.fqn}-${count}`)
    if (!db.first(undefined, DB.ident, candidate)) return candidate
  }
}

/** Returns a random end of an ident, as Logseq makes it, so that idents of two graphs differ. */
export function randomEnding(): string {
  const pick = (from: string) => from[randomInt(from.length)]!
  return `-${pick(LETTERS)}${Array.from({length: ENDING_LENGTH}, () => pick(ENDING)).join('')}`
}

/** Returns the ident of a new class or property of a user. @param ending what stands behind its name */
export function newIdent(db: Database, kind: 'class' | 'property', title: string, ending: string): Keyword {
  return uniqueIdent(db, keyword(`user.${kind}/${identNamePart(title)}${ending}`))
}
