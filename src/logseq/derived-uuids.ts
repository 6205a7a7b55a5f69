import {hash} from '../engine/hash.js'
import {type Keyword, Uuid} from '../values/scalars.js'

const REST = '0000-000000000000'

/** Returns the UUID that Logseq gives the journal page of a day. @param day such as 20260105 */
export function journalUuid(day: number): Uuid {
  const digits = String(day).padStart(8, '0')
  return new Uuid(`00000001-${digits.slice(0, 4)}-${digits.slice(4)}-${REST}`)
}

/** Returns the UUID that Logseq gives a property or a class of its own, by its ident. */
export function identUuid(ident: Keyword): Uuid {
  return fromHash('00000002', hash(ident))
}

/** Returns the UUID that Logseq gives a page of its own, by its title. */
export function builtInUuid(title: string): Uuid {
  return fromHash('00000004', hash(title))
}

/** The digits of the hash fill the groups from the left; zeros fill the rest. */
function fromHash(head: string, hashed: number): Uuid {
  const digits = String(Math.abs(hashed)).padEnd(24, '0')
  return new Uuid(`${head}-${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8, 12)}-${digits.slice(12)}`)
}
