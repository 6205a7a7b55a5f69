import {DB} from '../../engine/idents.js'
import {type Keyword, keyword, type Uuid} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {A} from '../attributes.js'
import {journalUuid} from '../derived-uuids.js'
import {DEFAULT_TITLE_FORMAT, journalTitle} from '../journal-title.js'
import {blockName, identNamePart, newIdent, uniqueIdent} from '../names.js'
import type {Draft} from './draft.js'

type Said = readonly (readonly [Keyword, undefined | Value])[]

/** Returns the format of the titles of journals in a graph. */
export function journalFormat(draft: Draft): string {
  const journal = draft.classId('Journal')
  return (journal === undefined ? undefined : draft.text(journal, A.journalFormat)) ?? DEFAULT_TITLE_FORMAT
}

/** Makes a page. An entity with this UUID becomes it. @param rest more facts of it */
export function makePage(draft: Draft, title: string, uuid: Uuid, rest: Said = []): number {
  return make(draft, uuid, [[A.title, title], [A.name, blockName(title)], [A.tags, draft.classId('Page')], ...rest])
}

/** Returns the journal page of a day; undefined if missing. @param day such as 20260105 */
export function findJournal(draft: Draft, day: number): number | undefined {
  return draft.owners(A.journalDay, day).find((e) => draft.isTagged(e, 'Journal')) ?? draft.byUuid(journalUuid(day))
}

/** Makes the journal page of a day. @param day such as 20260105 */
export function makeJournal(draft: Draft, day: number): number {
  return make(draft, journalUuid(day), [
    [A.title, journalTitle(day, journalFormat(draft))],
    [A.name, blockName(journalTitle(day, DEFAULT_TITLE_FORMAT))],
    [A.journalDay, day],
    [A.tags, draft.classId('Journal')],
  ])
}

/** Makes a class. @param namespace of its ident, when it is a plugin's @param rest more facts of it */
export function makeClass(
  draft: Draft,
  title: string,
  uuid: Uuid,
  options: {namespace?: string; rest?: Said} = {},
): number {
  const {namespace, rest = []} = options
  const ident =
    namespace === undefined
      ? newIdent(draft.db, 'class', title, draft.making.ending())
      : uniqueIdent(draft.db, keyword(`${namespace}/${identNamePart(title)}`))
  const parents = rest.some(([a]) => a === A.extends) ? [] : [[A.extends, draft.classId('Root')] as const]
  return make(draft, uuid, [
    [A.title, title],
    [A.name, blockName(title)],
    [DB.ident, ident],
    [A.tags, draft.classId('Tag')],
    ...parents,
    ...rest,
  ])
}

function make(draft: Draft, uuid: Uuid, facts: Said): number {
  const all: Said = [[A.uuid, uuid], [A.createdAt, draft.now], [A.updatedAt, draft.now], ...facts]
  const known = draft.byUuid(uuid)
  if (known === undefined) return draft.create(all)
  for (const [a, v] of all) if (v !== undefined) draft.set(known, a, v)
  return known
}
