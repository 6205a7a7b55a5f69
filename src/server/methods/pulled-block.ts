import type {Database} from '../../engine/database.js'
import {runPull} from '../../engine/pull/pull.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword, symbol, Uuid} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'

const ID = keyword('db/id')
const NAME = keyword('block/name')
const PAGE = keyword('block/page')
const PARENT = keyword('block/parent')
const REFS = keyword('block/refs')
const UUID = keyword('block/uuid')
const EVERYTHING = [symbol('*')]

/**
 * Finds the entity for `pull`. A number, an ident or another lookup ref is returned as it is; `[:block/name NAME]`
 * finds a page by its name. If several pages share the name, the oldest one is meant.
 * @returns null if the graph lacks such a page
 */
export function findEntity(db: Database, id: Value): Value {
  if (!Array.isArray(id) || id.length !== 2 || id[0] !== NAME || typeof id[1] !== 'string') return id
  const name = id[1].trim().normalize('NFC').toLowerCase()
  return db.first(undefined, NAME, name)?.e ?? null
}

/** A block that was pulled comes with the uuid of its parent, and with whole entities in place of references. */
export function* withParentAndRefs(
  db: Database,
  pulled: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<ValueMap> {
  if (!pulled.has(PAGE)) return pulled
  const parent = idOf(pulled.get(PARENT))
  const refs: Value[] = []
  for (const ref of itemsOf(pulled.get(REFS))) {
    const id = idOf(ref)
    refs.push(id === undefined ? null : yield* runPull(db, EVERYTHING, id, execution))
  }

  const block = new ValueMap(pulled)
  if (parent === undefined) block.delete(PARENT)
  else block.set(PARENT, parentOf(db, parent))
  return block.set(REFS, new List(refs))
}

function parentOf(db: Database, id: number): ValueMap {
  const uuid = db.first(id, UUID)?.v
  return new ValueMap([[ID, id], ...(uuid instanceof Uuid ? [[UUID, uuid] as const] : [])])
}

function idOf(value: Value | undefined): number | undefined {
  const id = value instanceof ValueMap ? value.get(ID) : value
  return typeof id === 'number' ? id : undefined
}

function itemsOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : []
}
