import type {Database} from '../../../src/engine/database.js'
import {runQuery} from '../../../src/engine/query/query.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {ServerError} from '../../../src/lib/errors.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import type {Value} from '../../../src/values/types.js'
import {emptyFacts, run} from '../support.js'

/** Four people, one a child of the next, and two tags. */
export function smallGraph(): Database {
  const schema = `{:name {:db/unique :db.unique/identity}
                   :parent {:db/valueType :db.type/ref}
                   :tags {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
                   :aka {:db/cardinality :db.cardinality/many}}`
  const data = `[{:db/id 1 :name "Ann" :age 70 :aka ["A" "Annie"]}
                 {:db/id 2 :name "Bob" :age 45 :parent 1 :tags [5 6]}
                 {:db/id 3 :name "Cid" :age 45 :parent 2 :tags [5] :mail "cid@x.org"}
                 {:db/id 4 :name "Dan" :age 7 :parent 3}
                 {:db/id 5 :db/ident :tag/red :name "red"}
                 {:db/id 6 :db/ident :tag/blue :name "blue"}]`
  return run(emptyFacts(schema), data).after
}

/** The text of a query's result. @param inputs EDN texts, or graphs */
export function ask(query: string, ...inputs: ReadonlyArray<Database | string>): string {
  const given = inputs.map((input) => (typeof input === 'string' ? readEdn(input) : input))
  return writeEdn(ordered(runSync(runQuery(query, given, NO_LIMITS))))
}

/** The code and message with which a query is refused. */
export function refusal(query: Value, ...inputs: ReadonlyArray<Database | Value>): string {
  try {
    runSync(runQuery(query, inputs, NO_LIMITS))
  } catch (error) {
    if (error instanceof ServerError) return `${error.httpStatus} ${error.code} ${error.message}`
    throw error
  }

  return 'not refused'
}

/** A set as a vector in the order of its texts. */
function ordered(value: Value): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('add' in value)) return value
  return [...(value as Iterable<Value>)].sort((a, b) => (writeEdn(a) < writeEdn(b) ? -1 : 1))
}
