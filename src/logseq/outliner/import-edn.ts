import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {present} from '../../values/present.js'
import {keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {sequenceOf} from './arguments.js'
import type {Draft} from './draft.js'
import {isPage} from './outline.js'
import {createPage} from './pages/create.js'

const CHILDREN = keyword('build/children')
const KNOWN = new Set<Value>([A.title, A.uuid, CHILDREN])
const MAX_DEPTH = 200

/**
 * Makes pages with blocks, as an export of Logseq names them. Only titles and UUIDs are understood: an export with more is
 * imported by a method of its own.
 * @returns nothing, or a map with the `error`
 */
export function* importBlocks(
  draft: Draft,
  data: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<undefined | Value> {
  const problem = [...data.keys()].find((key) => key !== keyword('pages-and-blocks'))
  const pages = sequenceOf(data.get(keyword('pages-and-blocks'))) ?? []
  if (problem !== undefined || pages.length === 0)
    return failed(`${String(problem ?? 'an export without pages')} is not understood here`)
  const unknown = yield* firstUnknown(pages, execution)
  if (unknown !== undefined) return failed(`${unknown} is not understood here`)
  for (const item of pages) {
    const map = item as ValueMap
    const page = map.get(keyword('page')) as ValueMap
    const [, uuid] = createPage(draft, String(page.get(A.title)), new ValueMap()) as readonly Value[]
    const e = present(draft.db.first(undefined, A.uuid, uuid)).e
    yield* makeBlocks(draft, e, sequenceOf(map.get(keyword('blocks'))) ?? [], execution)
  }

  return undefined
}

function failed(error: string): Value {
  return new ValueMap([[keyword('error'), `thread-api/import-edn takes it: ${error}`]])
}

function* firstUnknown(pages: readonly Value[], execution: ExecutionContext): CooperativeTask<string | undefined> {
  const stack: {depth: number; value: Value}[] = []
  for (const item of pages) {
    if (!(item instanceof ValueMap)) return 'a page that is not a map'
    const page = item.get(keyword('page'))
    if (!(page instanceof ValueMap) || typeof page.get(A.title) !== 'string' || page.size > 1)
      return 'a page with more than a title'
    for (const value of sequenceOf(item.get(keyword('blocks'))) ?? []) stack.push({depth: 1, value})
  }

  for (let next = stack.pop(); next; next = stack.pop()) {
    if (execution.shouldYield()) yield
    const {depth, value} = next
    if (depth > MAX_DEPTH) return 'a tree this deep'
    if (!(value instanceof ValueMap) || typeof value.get(A.title) !== 'string') return 'a block without a title'
    const unknown = [...value.keys()].find((key) => !KNOWN.has(key))
    if (unknown !== undefined) return String(unknown)
    for (const child of sequenceOf(value.get(CHILDREN)) ?? []) stack.push({depth: depth + 1, value: child})
  }

  return undefined
}

function* makeBlocks(
  draft: Draft,
  parent: number,
  blocks: readonly Value[],
  execution: ExecutionContext,
): CooperativeTask<void> {
  for (const value of blocks) {
    if (execution.shouldYield()) yield
    const map = value as ValueMap
    const e = draft.create([
      [A.uuid, map.get(A.uuid) ?? draft.making.uuid()],
      [A.title, map.get(A.title)],
      [A.parent, parent],
      [A.page, isPage(draft, parent) ? parent : draft.ref(parent, A.page)],
      [A.order, draft.lastOrder()],
      [A.createdAt, draft.now],
      [A.updatedAt, draft.now],
    ])
    yield* makeBlocks(draft, e, sequenceOf(map.get(CHILDREN)) ?? [], execution)
  }
}
