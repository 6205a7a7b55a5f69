import type {Datom} from '../../engine/datom.js'
import type {Facts} from '../../engine/facts.js'
import {compareKeywords, compareValues} from '../../engine/order.js'
import type {Pace, Task} from '../../engine/task.js'
import {Keyword} from '../../values/scalars.js'
import {List, Tagged, type Value} from '../../values/types.js'
import type {Arguments} from './arguments.js'

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

/** `[repo index & components]`: a list of `[e a v tx added]`, in the order of the index. */
export function* datoms(db: Facts, args: Arguments, pace: Pace): Task<Value> {
  const index = args.oneOf(1, 'index', ['eavt', 'aevt', 'avet'] as const)
  const components = args.from(2)
  const cursor = db[index].scan(positionOf(db, args, INDEXES[index], components))
  const found: Value[] = []
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    pace.hold(batch.length)
    for (const {a, e, tx, v} of batch) found.push([e, a, v, tx, true])
    if (pace.due()) yield
  }

  return new List(found)
}

function positionOf(db: Facts, args: Arguments, fields: readonly Field[], components: readonly Value[]) {
  if (components.length > fields.length) throw args.wrong('components', `can be ${fields.length} at the most`)
  const end = components.indexOf(null) // as in Logseq's engine, nil leaves it and all behind it open
  const wanted = (end === -1 ? components : components.slice(0, end)).map((value, i) =>
    comparisonWith(db, args, fields[i]!, value, components[fields.indexOf('a')]),
  )
  return (datom: Datom) => {
    for (const compare of wanted) {
      const order = compare(datom)
      if (order !== 0) return order
    }

    return 0
  }
}

/** How a datom stands to a component. */
function comparisonWith(
  db: Facts,
  args: Arguments,
  field: Field,
  value: Value,
  attribute: Value | undefined,
): (datom: Datom) => number {
  switch (field) {
    case 'a':
      if (!(value instanceof Keyword)) throw args.wrong('components', 'has to have a keyword for the attribute')
      return (datom) => compareKeywords(datom.a, value)
    case 'e': {
      const entity = db.entid(value) ?? -1
      return (datom) => datom.e - entity
    }

    case 'tx':
      if (typeof value !== 'number') throw args.wrong('components', 'has to have a number for the transaction')
      return (datom) => datom.tx - value
    case 'v': {
      const isRef = attribute instanceof Keyword && db.attributes.isRef(attribute)
      const sought = isRef ? (db.entid(value) ?? -1) : value
      return (datom) => compareValues(datom.v, sought)
    }
  }
}
