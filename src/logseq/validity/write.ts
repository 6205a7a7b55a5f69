import type {Database} from '../../engine/database.js'
import {DB} from '../../engine/idents.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {Classes, readEntity} from './entity.js'
import {type Fault, Judge, type Verdict} from './judge.js'

const NAME = keyword('block/name')
const PARENT = keyword('block/parent')
const TITLE = keyword('block/title')
const UUID = keyword('block/uuid')

/** Rules that a write is judged by. `changes` are the rules about its changes, not about the result. */
export type Scope = 'all' | 'changes'

/**
 * Judges what a write did to the entities that it touched, as Logseq does before it commits. Entities that are gone are
 * not judged, nor are those that were not touched.
 * @returns those with faults
 */
export function* judgeWrite(
  before: Database,
  after: Database,
  touched: Iterable<number>,
  execution: ExecutionContext,
  scope: Scope = 'all',
): CooperativeTask<Verdict[]> {
  const judge = new Judge(after)
  const classes = {after: new Classes(after), before: new Classes(before)}
  const found: Verdict[] = []
  for (const e of touched) {
    if (execution.shouldYield()) yield
    const verdict = scope === 'all' ? judge.judge(e) : undefined
    const faults = [...journalFaults(before, after, classes, e), ...parentFaults(before, after, classes, e)]
    if (verdict === undefined && faults.length === 0) continue
    found.push({
      e,
      entity: readEntity(after, e),
      faults: [...(verdict?.faults ?? []), ...faults],
      kind: verdict?.kind ?? judge.kindOf(e),
    })
  }

  return found
}

interface BothClasses {
  after: Classes
  before: Classes
}

/** A journal is found by its title: only its day may change. */
function journalFaults(before: Database, after: Database, classes: BothClasses, e: number): Fault[] {
  if (!classes.before.isTagged(e, 'Journal') || !after.first(e, UUID)) return []
  return [TITLE, NAME].flatMap((attribute) => {
    const [old, value] = [before.first(e, attribute)?.v, after.first(e, attribute)?.v]
    const isChanged = old !== undefined && value !== undefined && old !== value
    return isChanged ? [{attribute, rule: 'a journal page keeps its title and name', value}] : []
  })
}

/** A page stands under a page. */
function parentFaults(before: Database, after: Database, classes: BothClasses, e: number): Fault[] {
  const parent = after.first(e, PARENT)?.v
  if (typeof parent !== 'number' || before.first(e, PARENT)?.v === parent) return []
  if (!classes.after.isPage(e) || !after.first(parent) || classes.after.isPage(parent)) return []
  return [{attribute: PARENT, rule: "a page can't have a block as parent", value: parent}]
}

/** The name of an entity that a person can look up. */
export function lookupOf(db: Database, e: number): Value {
  const ident = db.first(e, DB.ident)?.v
  if (ident !== undefined) return ident
  const uuid = db.first(e, UUID)?.v
  return uuid === undefined ? e : [UUID, uuid]
}
