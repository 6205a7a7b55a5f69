import {Uuid} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {K} from './keys.js'

/** Sorts pages by their titles, journals by their days, and pages of definitions by their uuids. */
export function sortPages(pages: readonly ValueMap[]): ValueMap[] {
  const keyed = pages.map((map) => ({key: sortKey(map.get(K.page) as ValueMap), map}))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({map}) => map)
}

function sortKey(page: ValueMap): string {
  const uuid = page.get(A.uuid)
  return String(page.get(A.title) ?? page.get(K.journal) ?? (uuid instanceof Uuid ? uuid.text : ''))
}
