import {checkAttribute} from '../../engine/attributes.js'
import {forEachBatch} from '../../engine/collect-datoms.js'
import {compareKeywords, compareValues} from '../../engine/compare.js'
import type {Datom} from '../../engine/datom.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {showEdn} from '../../values/edn-write.js'
import {Keyword} from '../../values/scalars.js'
import {List, Tagged, type Value} from '../../values/types.js'
import type {CallContext} from './method.js'

type Wrong = CallContext['wrong']
type Field = 'a' | 'e' | 'tx' | 'v'

/** The order of the components in each index. */
const INDEXES = {
  aevt: ['a', 'e', 'v', 'tx'],
  avet: ['a', 'v', 'e', 'tx'],
  eavt: ['e', 'a', 'v', 'tx'],
} as const satisfies Record<string, readonly Field[]>

/** A datom as Logseq's clients read it from transit: the fifth is there only when it was retracted. */
export function taggedDatom({a, added, e, tx, v}: Datom): Tagged {
  return new Tagged('datascript/Datom', added ? [e, a, v, tx] : [e, a, v, -tx, false])
}

/** Lists the datoms of an index whose first components are as given. */
export function* datoms(
  db: StoredDatabase,
  [index, components]: [keyof typeof INDEXES, readonly Value[]],
  execution: ExecutionContext,
  {warn, wrong}: CallContext,
): CooperativeTask<Value> {
  const attribute = components[INDEXES[index].indexOf('a')]
  if (attribute instanceof Keyword) checkAttribute(db, attribute, warn)
  const cursor = db[index].scan(positionOf(db, wrong, INDEXES[index], components))
  const found: Value[] = []
  yield* forEachBatch(cursor, execution, (batch) => {
    execution.reserveRows(batch.length)
    for (const {a, e, tx, v} of batch) found.push([e, a, v, tx, true])
  })
  return new List(found)
}

function positionOf(db: StoredDatabase, wrong: Wrong, fields: readonly Field[], components: readonly Value[]) {
  if (components.length > fields.length)
    throw wrong('components', `at most ${fields.length}`, String(components.length))
  const end = components.indexOf(null) // as in Logseq's engine, nil leaves it and all behind it open
  const wanted = (end === -1 ? components : components.slice(0, end)).map((value, i) =>
    comparisonWith(db, wrong, fields[i]!, value, components[fields.indexOf('a')]),
  )
  return (datom: Datom) => {
    for (const compare of wanted) {
      const order = compare(datom)
      if (order !== 0) return order
    }

    return 0
  }
}

/** Returns a function that compares a datom with a component. */
function comparisonWith(
  db: StoredDatabase,
  wrong: Wrong,
  field: Field,
  value: Value,
  attribute: Value | undefined,
): (datom: Datom) => number {
  switch (field) {
    case 'a':
      if (!(value instanceof Keyword)) throw wrong('components', 'a keyword as the attribute', showEdn(value))
      return (datom) => compareKeywords(datom.a, value)
    case 'e': {
      const entity = db.entid(value) ?? -1
      return (datom) => datom.e - entity
    }

    case 'tx':
      if (typeof value !== 'number') throw wrong('components', 'a number as the transaction', showEdn(value))
      return (datom) => datom.tx - value
    case 'v': {
      const isRef = attribute instanceof Keyword && db.attributes.isRef(attribute)
      const sought = isRef ? (db.entid(value) ?? -1) : value
      return (datom) => compareValues(datom.v, sought)
    }
  }
}
