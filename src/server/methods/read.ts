import type {Facts} from '../../engine/facts.js'
import {parseSelector} from '../../engine/pull/parse.js'
import {runPull} from '../../engine/pull/pull.js'
import {checkSelector, type Warn} from '../../engine/query/attributes.js'
import {runQuery} from '../../engine/query/query.js'
import type {Pace, Task} from '../../engine/task.js'
import {queryRules} from '../../logseq/query-rules.js'
import {judgeAll} from '../../logseq/validity/check.js'
import {countAll, findingsOf, validationResult} from '../../logseq/validity/report.js'
import {Keyword, keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import type {Arguments} from './arguments.js'
import {findEntity, withParentAndRefs} from './blocks.js'
import {datoms} from './datoms.js'
import {initialData} from './initial-data.js'
import type {CallContext, Method, MethodContext} from './method.js'
import {fromPlain} from './plain.js'

/** What reads the graph. Each works on the graph as it was when its turn came, whatever is written meanwhile. */
export const readMethods: readonly Method[] = [
  {
    access: 'read',
    name: 'graph/check',
    /** Not one of Logseq's: looks through all that is stored, and repairs nothing. `{:validity true}` judges entities. */
    *task(args, {check, open}, pace) {
      const isJudged = args.optionalMap(1, 'opts').get(keyword('validity')) === true
      const report = yield* check(pace)
      return fromPlain({...report, ...(isJudged && {validity: yield* validity(open, pace)})})
    },
  },
  reading('thread-api/datoms', datoms),
  reading('thread-api/get-initial-data', initialData),
  reading('thread-api/pull', pull),
  reading('thread-api/q', q),
  // Other than in Logseq, nothing is repaired, whatever `:fix` says.
  reading('thread-api/validate-db', (db, _, pace) => validationResult(db, pace)),
]

/** So many faults of entities are told. */
const SHOWN_FAULTS = 100

function* validity(open: CallContext['open'], pace: Pace) {
  const {db, release} = open.snapshot()
  try {
    const verdicts = yield* judgeAll(db, {withChoices: true}, pace)
    const faults = findingsOf(verdicts)
    return {
      ...(yield* countAll(db, pace)),
      faults: faults.slice(0, SHOWN_FAULTS),
      'fault-count': faults.length,
      'invalid-entities': verdicts.length,
    }
  } finally {
    release()
  }
}

function reading(name: string, read: (db: Facts, args: Arguments, pace: Pace, warn: Warn) => Task<Value>): Method {
  return {
    access: 'read',
    name,
    *task(args: Arguments, {open}: MethodContext, pace: Pace, warn: Warn) {
      const {db, release} = open.snapshot()
      try {
        return yield* read(db, args, pace, warn)
      } finally {
        release()
      }
    },
  }
}

/** `[repo [query & inputs]]` */
function* q(db: Facts, args: Arguments, pace: Pace, warn: Warn): Task<Value> {
  const [query, ...inputs] = args.sequence(1, 'inputs')
  if (query === undefined || query === null) throw args.wrong('inputs', 'has to begin with the query')
  if (query instanceof Keyword)
    throw args.wrong('inputs', 'is a vector of the query and its inputs: [[:find ?e :where ...] 1]')
  return yield* runQuery(query, [db, ...inputs], pace, {rules: queryRules(), warn})
}

/** `[repo selector id]` */
function* pull(db: Facts, args: Arguments, pace: Pace, warn: Warn): Task<Value> {
  const selector = args.given(1, 'selector')
  checkSelector(db, parseSelector(selector), warn)
  const entity = findEntity(db, args.given(2, 'id'))
  if (entity === null) return null
  const pulled = yield* runPull(db, selector, entity, pace)
  return pulled && (yield* withParentAndRefs(db, pulled, pace))
}
