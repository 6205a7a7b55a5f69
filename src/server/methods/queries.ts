import {eachAttribute} from '../../engine/pull/each-attribute.js'
import {parseSelector} from '../../engine/pull/parse.js'
import {runPull} from '../../engine/pull/pull.js'
import {runQuery} from '../../engine/query/query.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Warnings} from '../../engine/warnings.js'
import {queryRules} from '../../logseq/query-rules.js'
import {judgeAll} from '../../logseq/validity/check.js'
import {countAll, findingsOf, validationResult} from '../../logseq/validity/report.js'
import {queries as specs} from '../../protocol/methods/queries.js'
import {showEdn} from '../../values/edn-write.js'
import {Keyword, keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {datoms} from './datoms.js'
import {initialData} from './initial-data.js'
import {type CallContext, implement} from './method.js'
import {findEntity, withParentAndRefs} from './pulled-block.js'
import {reading} from './reading.js'
import {toValue} from './to-value.js'

/** Each works on the graph as it was when its turn came, whatever is written meanwhile. */
export const queryMethods = implement(specs, {
  'graph/check': {
    /** Looks through all that is stored, and repairs nothing. */
    *task([opts], {check, open}, execution) {
      const isJudged = opts.get(keyword('validity')) === true
      const report = yield* check(execution)
      return toValue({...report, ...(isJudged && {validity: yield* validity(open, execution)})})
    },
  },
  'thread-api/datoms': reading(datoms),
  'thread-api/get-initial-data': reading(initialData),
  'thread-api/pull': reading(pull),
  'thread-api/q': reading(q),
  // Other than in Logseq, nothing is repaired, whatever `:fix` says.
  'thread-api/validate-db': reading((db, _, execution) => validationResult(db, execution)),
})

/** Maximum number of reported faults. */
const SHOWN_FAULTS = 100

function* validity(open: CallContext['open'], execution: ExecutionContext) {
  const {db, release} = open.snapshot()
  try {
    const verdicts = yield* judgeAll(db, {withChoices: true}, execution)
    const faults = findingsOf(verdicts)
    return {
      ...(yield* countAll(db, execution)),
      faults: faults.slice(0, SHOWN_FAULTS),
      'fault-count': faults.length,
      'invalid-entities': verdicts.length,
    }
  } finally {
    release()
  }
}

function* q(
  db: StoredDatabase,
  [[query, ...inputs]]: [readonly Value[]],
  execution: ExecutionContext,
  {warn, wrong}: CallContext,
): CooperativeTask<Value> {
  if (query === undefined || query === null || query instanceof Keyword)
    throw wrong(
      'inputs',
      '[query & inputs], for example [[:find ?e :where ...] 1]',
      query === undefined ? '[]' : `[${showEdn(query)}${inputs.length > 0 ? ' ...' : ''}]`,
    )
  return yield* runQuery(query, [db, ...inputs], execution, {rules: queryRules(), warn})
}

function* pull(
  db: StoredDatabase,
  [selector, id]: [Value, Value],
  execution: ExecutionContext,
  {warn}: CallContext,
): CooperativeTask<Value> {
  const warnings = new Warnings(warn)
  eachAttribute(parseSelector(selector), (attribute) => warnings.attribute(db, attribute))
  const entity = findEntity(db, id)
  if (entity === null) return null
  const pulled = yield* runPull(db, selector, entity, execution)
  return pulled && (yield* withParentAndRefs(db, pulled, execution))
}
