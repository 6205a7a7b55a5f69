import {createRequire} from 'node:module'

import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {Keyword, Uuid} from '../../src/values/scalars.js'
import type {Value} from '../../src/values/types.js'
import type {Question} from './queries.js'

/** The little of npm datascript that is used here; it has no types. */
interface DataScript {
  init_db(datoms: unknown[], schema: Record<string, Record<string, unknown>>): unknown
  q(query: string, ...inputs: unknown[]): unknown[]
}

const library = createRequire(import.meta.url)('datascript') as DataScript

/** Graph in the memory of npm datascript, which has no keywords: attributes and idents are texts. */
export class DataScriptGraph {
  readonly #db: unknown

  constructor(graph: StoredDatabase) {
    const datoms: unknown[] = []
    const schema: Record<string, Record<string, unknown>> = {}
    const cursor = graph.scan(undefined)
    for (let batch = cursor.next(); batch; batch = cursor.next())
      for (const {a, e, tx, v} of batch) {
        schema[a.fqn] ??= schemaOf(graph, a)
        datoms.push([e, a.fqn, plain(v), tx])
      }

    this.#db = library.init_db(datoms, schema)
  }

  ask({inputs = [], query}: Question): unknown[] {
    return library.q(withTexts(query), this.#db, ...inputs.map((input) => withTexts(input)))
  }
}

function schemaOf({attributes}: StoredDatabase, a: Keyword): Record<string, unknown> {
  return {
    ...(attributes.isRef(a) && {':db/valueType': ':db.type/ref'}),
    ...(attributes.isMany(a) && {':db/cardinality': ':db.cardinality/many'}),
    ...(attributes.isIndexed(a) && {':db/index': true}),
  }
}

function plain(value: Value): unknown {
  if (value instanceof Keyword) return value.fqn
  if (value instanceof Uuid) return value.text
  return value instanceof Date ? value.getTime() : value
}

/** Keywords with a namespace are names of attributes and idents; the others belong to the language. */
function withTexts(edn: string): string {
  return edn.replaceAll(/:([\w.]+\/[\w.-]+)/g, '"$1"')
}
