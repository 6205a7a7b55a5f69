import type {CooperativeTask} from '../../engine/task.js'
import {present} from '../../values/present.js'
import {ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {compareOrder} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'
import type {Collector} from './collector.js'
import {K} from './keys.js'
import {pageName} from './nodes.js'

/**
 * Exports what is referred to and is not exported itself: pages by their names, blocks by their texts on their pages. An
 * import finds them by their uuids, or makes them.
 */
export function* referredPages(collector: Collector): CooperativeTask<ValueMap[]> {
  const {entities, execution} = collector
  const pages = new Map<number, Entity[]>()
  for (const e of collector.references) {
    if (execution.shouldYield()) yield
    const entity = entities.get(e)
    if (collector.nodes.has(e) || entities.isDefinition(entity) || entity.facts.has(A.choiceOf)) continue
    const page = entity.facts.has(A.name) ? e : valueOf(entity, A.page)
    if (typeof page !== 'number') continue
    const blocks = pages.get(page) ?? []
    if (page !== e) blocks.push(entity)
    pages.set(page, blocks)
  }

  const found: ValueMap[] = []
  for (const [e, blocks] of pages) {
    const page = entities.get(e)
    const name = pageName(collector, page)
    if (collector.references.has(e)) keep(name, page)
    const map = new ValueMap([[K.page, name]])
    const texts = blocks.toSorted(compareOrder).map((block) => keep(textOf(block), block))
    found.push(texts.length > 0 ? map.set(K.blocks, texts) : map)
  }

  return found
}

function textOf(block: Entity): ValueMap {
  return new ValueMap([[A.title, valueOf(block, A.title) ?? '']])
}

function keep(map: ValueMap, {facts}: Entity): ValueMap {
  return map.set(A.uuid, present(facts.get(A.uuid))[0]!).set(K.keepUuid, true)
}
