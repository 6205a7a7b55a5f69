import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {present} from '../../values/present.js'
import type {Keyword} from '../../values/scalars.js'
import {A} from '../attributes.js'
import type {Child} from './child-lists.js'
import type {Draft} from './draft.js'

const PAGE_CLASSES = ['Page', 'Journal', 'Tag', 'Property']

/** Returns true for a page of any kind: classes, properties and journals are pages, too. */
export function isPage(draft: Draft, e: number): boolean {
  return PAGE_CLASSES.some((name) => draft.isTagged(e, name))
}

/** Returns true for an entity of Logseq itself. */
export function isBuiltIn(draft: Draft, e: number): boolean {
  return draft.value(e, A.builtIn) === true
}

/** Returns true for the value of a property, and false for a block that a person put there. */
export function isPropertyValue(draft: Draft, e: number): boolean {
  return draft.has(e, A.createdFrom)
}

/** Returns the page that the children of an entity are on. */
export function pageFor(draft: Draft, e: number): number {
  return isPage(draft, e) ? e : (draft.ref(e, A.page) ?? e)
}

/** Returns the page of Logseq's own under which pages stand; undefined in a graph without it. */
export function libraryOf(draft: Draft): number | undefined {
  return builtInPage(draft, 'library')
}

/** Returns a page of Logseq's own by its name. */
export function builtInPage(draft: Draft, name: string): number | undefined {
  return draft.owners(A.name, name).find((e) => isBuiltIn(draft, e))
}

/** Returns true if an entity, or one above it, is in the recycle bin. */
export function isRecycled(draft: Draft, e: number): boolean {
  return draft.has(e, A.deletedAt) || ancestors(draft, e).some((above) => draft.has(above, A.deletedAt))
}

/** Returns what is above an entity, the nearest first. A cycle ends it. */
export function ancestors(draft: Draft, e: number): number[] {
  const seen = new Set([e])
  for (let at = draft.ref(e, A.parent); at !== undefined && !seen.has(at); at = draft.ref(at, A.parent)) seen.add(at)
  seen.delete(e)
  return [...seen]
}

/** Returns the blocks under an entity, in their order, without values of properties and choices. */
export function* children(
  draft: Draft,
  parent: number,
  execution: ExecutionContext,
): CooperativeTask<readonly Child[]> {
  return (yield* draft.childList(parent, execution)).filter(({isChoice, isValue}) => !isValue && !isChoice)
}

/** Returns those among which a block has its place: for the value of a property the other values of that. */
export function* siblings(draft: Draft, e: number, execution: ExecutionContext): CooperativeTask<readonly Child[]> {
  const parent = draft.ref(e, A.parent)
  if (parent === undefined) return []
  const property = draft.ref(e, A.createdFrom)
  if (property === undefined) return yield* children(draft, parent, execution)
  return (yield* draft.childList(parent, execution)).filter((other) => other.property === property)
}

/** Returns the sibling before (-1) or behind (1) a block. */
export function* neighbour(
  draft: Draft,
  e: number,
  by: -1 | 1,
  execution: ExecutionContext,
): CooperativeTask<number | undefined> {
  const all = yield* siblings(draft, e, execution)
  return all[all.findIndex((other) => other.e === e) + by]?.e
}

/** Sorts blocks by their order keys. */
export function inOrder(draft: Draft, entities: readonly number[]): number[] {
  const keyed = entities.map((e) => ({e, key: draft.text(e, A.order) ?? ''}))
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.e - b.e))
  return keyed.map(({e}) => e)
}

/** Returns all that is below an entity, values of properties included: what is above comes first. */
export function* descendants(draft: Draft, top: number, execution: ExecutionContext): CooperativeTask<number[]> {
  const seen = new Set([top])
  for (const e of seen) {
    if (execution.shouldYield()) yield
    for (const below of draft.owners(A.parent, e)) seen.add(below)
  }

  seen.delete(top)
  return [...seen]
}

/** Returns the blocks below an entity as a person reads them, from the top, without values of properties. */
export function* subtree(draft: Draft, top: number, execution: ExecutionContext): CooperativeTask<number[]> {
  const found = new Set<number>()
  const stack = (yield* children(draft, top, execution)).toReversed()
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (execution.shouldYield()) yield
    if (next.e === top || found.has(next.e)) continue
    found.add(next.e)
    for (const below of (yield* children(draft, next.e, execution)).toReversed()) stack.push(below)
  }

  return [...found]
}

/** Returns those of some blocks that are not below another of them. */
export function topmost(draft: Draft, entities: readonly number[]): number[] {
  const all = new Set(entities)
  return [...all].filter((e) => !ancestors(draft, e).some((above) => all.has(above)))
}

/** Sorts blocks as a person reads them: by page, and by the places on it. */
export function* inReadingOrder(
  draft: Draft,
  entities: readonly number[],
  execution: ExecutionContext,
): CooperativeTask<number[]> {
  if (entities.length < 2) return [...entities]
  const paths = new Map<number, string[]>()
  const pages = new Map<number, number>()
  for (const e of entities) {
    if (execution.shouldYield()) yield
    const page = draft.ref(e, A.page) ?? draft.ref(e, A.parent) ?? e
    if (!pages.has(page)) pages.set(page, pages.size)
    const path = [e, ...ancestors(draft, e)].toReversed()
    paths.set(e, [String(pages.get(page)).padStart(8, '0'), ...path.map((at) => draft.text(at, A.order) ?? '')])
  }

  return entities.toSorted((a, b) => comparePaths(present(paths.get(a)), present(paths.get(b))) || a - b)
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (const [i, key] of a.entries()) {
    const other = b[i]
    if (other === undefined) return 1
    if (key !== other) return key < other ? -1 : 1
  }

  return a.length - b.length
}

/** Returns the classes of an entity with all that they extend. */
export function classesOf(draft: Draft, e: number): Set<number> {
  return withParents(draft, draft.refs(e, A.tags))
}

/** Returns classes with all that they extend. */
export function withParents(draft: Draft, classes: readonly number[]): Set<number> {
  const all = new Set(classes)
  for (const at of all) for (const parent of draft.refs(at, A.extends)) all.add(parent)
  return all
}

/** Returns true if one of the given classes offers a property. */
export function isOffered(draft: Draft, classes: Iterable<number>, property: number): boolean {
  for (const at of classes) if (draft.has(at, A.classProperties, property)) return true
  return false
}

/** Returns true if a property has many values. */
export function isMany(draft: Draft, ident: Keyword): boolean {
  return draft.db.attributes.isMany(ident)
}
