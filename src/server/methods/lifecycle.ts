import {existsSync} from 'node:fs'
import {join} from 'node:path'

import {DATABASE} from '../../lib/graphs/files.js'
import {listGraphs} from '../../lib/graphs/locate.js'
import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import type {Method} from './method.js'

/** Opening and closing, as Logseq's clients see it. The daemon holds its graph for as long as it lives. */
export const lifecycleMethods: Record<string, Method> = {
  /** Everything is on disk afterwards. Nothing is let go of. */
  'thread-api/close-db': {
    answer(_, {checkpoint}) {
      checkpoint()
      return null
    },
    writes: true,
  },
  /** The graph is open already, since the daemon started; what is checked is that it is still this daemon's. */
  'thread-api/create-or-open-db': {
    answer(args, {open}) {
      args.optionalMap(1, 'opts')
      const {db, release} = open.snapshot()
      release()
      return new ValueMap([[keyword('schema'), db.schema]])
    },
    guarded: true,
  },
  'thread-api/db-exists': {answer: (_, {graph}) => existsSync(join(graph.dir, DATABASE))},
  'thread-api/get-version': {
    answer: (_, {revision, sqliteVersion}) =>
      new ValueMap([
        [keyword('revision'), revision],
        [keyword('sqlite'), sqliteVersion],
      ]),
  },
  'thread-api/init': {answer: () => null},
  'thread-api/list-db': {
    answer: (_, {graph}) => listGraphs(graph.dataDir).map(({repo}) => new ValueMap([[keyword('name'), repo]])),
  },
  'thread-api/release-access-handles': {answer: () => null},
}
