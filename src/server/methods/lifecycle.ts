import {existsSync} from 'node:fs'
import {join} from 'node:path'

import {DATABASE} from '../../lib/files/names.js'
import {listGraphs} from '../../lib/graphs/locate.js'
import {requireUnlinkable} from '../../lib/graphs/unlink.js'
import {lifecycle as specs} from '../../protocol/methods/lifecycle.js'
import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import {implement} from './method.js'

/** The server holds its graph for as long as it lives, so that there is little to do here. */
export const lifecycleMethods = implement(specs, {
  /** Writes everything to disk. The graph stays open. */
  'thread-api/close-db': {
    answer(_, {checkpoint}) {
      checkpoint()
      return null
    },
  },
  /** The graph is open already, since the server started; what is checked is that it is still this server's. */
  'thread-api/create-or-open-db': {
    answer(_, {open}) {
      const {db, release} = open.snapshot()
      release()
      return new ValueMap([[keyword('schema'), db.schema]])
    },
  },
  'thread-api/db-exists': {answer: (_, {graph}) => existsSync(join(graph.dir, DATABASE))},
  'thread-api/get-version': {
    answer: (_, {revision, sqliteVersion}) =>
      new ValueMap([
        [keyword('revision'), revision],
        [keyword('sqlite'), sqliteVersion],
      ]),
  },
  'thread-api/unsafe-unlink-db': {
    *task(_, {graph, unlink, warn}) {
      requireUnlinkable(graph)
      warn(`the directory of the graph is ${yield* unlink()} now`)
      return null
    },
  },
  'thread-api/list-db': {
    answer: (_, {graph}) => listGraphs(graph.dataDir).map(({repo}) => new ValueMap([[keyword('name'), repo]])),
  },
})
