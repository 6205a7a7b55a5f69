import {DB} from '../../../engine/idents.js'
import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {keyword} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {journalDay, journalTitle} from '../../journal-title.js'
import {sequenceOf} from '../arguments.js'
import type {Draft} from '../draft.js'
import {isOn} from '../given-maps.js'
import {journalFormat} from '../make-page.js'
import {children, pageFor, subtree} from '../outline.js'
import {insertBlocks} from './insert.js'

const DAY_MS = 24 * 60 * 60 * 1000
const VARIABLE = /<%\s*([a-z ]+?)\s*%>/gi

/** Copies the blocks under a template to a place. @returns undefined when there is nothing to copy, or no such target */
export function* applyTemplate(
  draft: Draft,
  template: number | undefined,
  target: number | undefined,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<undefined | Value> {
  if (template === undefined || target === undefined) return undefined
  const given = sequenceOf(options.get(keyword('template-blocks')))?.filter((item) => item instanceof ValueMap)
  const blocks = given ?? (yield* copies(draft, template, target, execution))
  if (blocks.length === 0) return undefined
  const first = new ValueMap(blocks[0]).set(A.usedTemplate, template)
  const where = yield* placed(draft, target, options, execution)
  return yield* insertBlocks(draft, [first, ...blocks.slice(1)], target, where, execution)
}

function* copies(
  draft: Draft,
  template: number,
  target: number,
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const maps: ValueMap[] = []
  for (const e of yield* subtree(draft, template, execution)) {
    const title = filledIn(draft, draft.text(e, A.title) ?? '', target)
    maps.push(
      new ValueMap([
        [DB.id, e],
        [A.title, title],
        [A.parent, new ValueMap([[DB.id, draft.ref(e, A.parent) ?? 0]])],
      ]),
    )
  }

  return maps
}

/** Unless the options say where: under a target that has blocks, else beside it. */
function* placed(
  draft: Draft,
  target: number,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<ValueMap> {
  const asSibling = (yield* children(draft, target, execution)).length === 0 && draft.has(target, A.parent)
  const isSaid = options.has(keyword('sibling?')) || isOn(options, 'top?') || isOn(options, 'bottom?')
  const result = new ValueMap(options)
  result.delete(keyword('keep-uuid?'))
  return isSaid ? result : result.set(keyword('sibling?'), asSibling)
}

function filledIn(draft: Draft, title: string, target: number): string {
  const day = (shift: number) =>
    `[[${journalTitle(journalDay(new Date(draft.now + shift * DAY_MS)), journalFormat(draft))}]]`
  return title.replaceAll(VARIABLE, (variable, name: string) => {
    switch (name.toLowerCase()) {
      case 'today':
        return day(0)
      case 'yesterday':
        return day(-1)
      case 'tomorrow':
        return day(1)
      case 'time':
        return new Date(draft.now).toTimeString().slice(0, 5)
      case 'current page':
        return `[[${draft.text(pageFor(draft, target), A.title) ?? ''}]]`
      default:
        return variable
    }
  })
}
