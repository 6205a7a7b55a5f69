import {Entities} from '../../logseq/entities.js'
import {resolveInputs} from '../../logseq/query-dsl/inputs.js'
import {runCustom, runDsl} from '../../logseq/query-dsl/run.js'
import {dsl as specs} from '../../protocol/methods/dsl.js'
import {showEdn} from '../../values/edn-write.js'
import {implement} from './method.js'
import {reading} from './reading.js'

const now = () => new Date(Date.now())

export const dslMethods = implement(specs, {
  'thread-api/query-custom': reading((db, [query, options], execution) =>
    runCustom(db, query, options, {now: now(), execution}),
  ),
  'thread-api/query-dsl-custom-query': reading((db, [query, options], execution) =>
    runCustom(db, query, options, {now: now(), execution}),
  ),
  'thread-api/query-dsl-query': reading((db, [query, options], execution, {wrong}) => {
    if (typeof query !== 'string') throw wrong('query', 'a string', showEdn(query))
    return runDsl(db, query, options, {now: now(), execution})
  }),
  'thread-api/resolve-query-inputs': reading((db, [inputs, options]) =>
    resolveInputs(inputs, {entities: new Entities(db), now: now(), options}),
  ),
})
