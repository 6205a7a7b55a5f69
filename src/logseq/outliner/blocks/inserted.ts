import {DB} from '../../../engine/idents.js'
import {present} from '../../../values/present.js'
import {keyword} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'

/**
 * Returns what Logseq answers about inserted blocks. Its clients take every `:block/uuid` in it, in order, for that of a block
 * that was made.
 * @param levels the blocks in their order, each with how deep it is in what was inserted: the first level is 1
 */
export function describeInserted(draft: Draft, levels: ReadonlyMap<number, number>): Value {
  const before = draft.before
  const blocks = [...levels].map(([e, level], i) => {
    const map = new ValueMap()
    for (const a of [A.uuid, A.title, A.order]) setIf(map, a, draft.value(e, a))
    for (const [a, name] of [
      [A.parent, 'parent'],
      [A.page, 'page'],
    ] as const) {
      const target = draft.ref(e, a)
      const uuid = target === undefined ? undefined : draft.value(target, A.uuid)
      map.set(a, uuid === undefined ? null : [A.uuid, uuid])
      map.set(keyword(`block/${name}-id`), target !== undefined && before.first(target) ? target : null)
      map.set(keyword(`block/${name}-uuid`), uuid ?? null)
    }

    const page = draft.ref(e, A.page)
    map.set(keyword('block/page-name'), page === undefined ? null : (draft.value(page, A.name) ?? null))
    map.set(keyword('block/level'), level)
    for (const a of [A.createdAt, A.updatedAt]) setIf(map, a, draft.value(e, a))
    map.set(
      A.tags,
      draft.refs(e, A.tags).map((tag) => draft.identOf(tag) ?? tag),
    )
    return map.set(DB.id, before.first(e) ? e : -1 - i)
  })
  const made = [...levels.keys()]
    .filter((e) => !before.first(e))
    .map((e) => new ValueMap([[A.uuid, present(draft.value(e, A.uuid))]]))
  const plain = blocks.map((map) => new ValueMap([...map].filter(([a]) => a !== keyword('block/level'))))
  return new ValueMap([
    [keyword('tx-data'), [...made, ...plain]],
    [keyword('blocks'), blocks],
  ])
}

function setIf(map: ValueMap, key: Value, value: undefined | Value): void {
  if (value !== undefined) map.set(key, value)
}
