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

/** What of a title goes into an ident. */
export function identNamePart(title: string): string {
  return title.replace(/^(?=\d)/, 'NUM-').replaceAll(/[^\w*+!'?<>=-]/g, '')
}

/** An ident like the one given, with a number where others have it already. */
function uniqueIdent(db: Database, ident: Keyword): Keyword {
  for (let count = 0; ; count++) {
    const candidate = count === 0 ? ident : keyword(`${ident.fqn}-${count}`)
    if (!db.first(undefined, DB.ident, candidate)) return candidate
  }
}

/** The ident of a new class of a user, with a random end as Logseq makes it. */
export function newClassIdent(db: Database, title: string): Keyword {
  const pick = (from: string) => from[randomInt(from.length)]!
  const ending = pick(LETTERS) + Array.from({length: ENDING_LENGTH}, () => pick(ENDING)).join('')
  return uniqueIdent(db, keyword(`user.class/${identNamePart(title)}-${ending}`))
}
