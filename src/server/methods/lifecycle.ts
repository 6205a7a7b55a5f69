import {existsSync} from 'node:fs'
import {join} from 'node:path'

import {DATABASE} from '../../lib/graphs/files.js'
import {listGraphs} from '../../lib/graphs/locate.js'
import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import type {Method} from './method.js'

/** Opening and closing, as Logseq's clients see it. The daemon holds its graph for as long as it lives. */
export const lifecycleMethods: readonly Method[] = [
  {
    access: 'control',
    /** Everything is on disk afterwards. Nothing is let go of. */
    answer(_, {checkpoint}) {
      checkpoint()
      return null
    },
    exclusive: true,
    name: 'thread-api/close-db',
  },
  {
    access: 'control',
    /** The graph is open already, since the server started; what is checked is that it is still this server's. */
    answer(args, {open}) {
      args.optionalMap(1, 'opts')
      const {db, release} = open.snapshot()
      release()
      return new ValueMap([[keyword('schema'), db.schema]])
    },
    name: 'thread-api/create-or-open-db',
  },
  {access: 'read', answer: (_, {graph}) => existsSync(join(graph.dir, DATABASE)), name: 'thread-api/db-exists'},
  {
    access: 'read',
    answer: (_, {revision, sqliteVersion}) =>
      new ValueMap([
        [keyword('revision'), revision],
        [keyword('sqlite'), sqliteVersion],
      ]),
    name: 'thread-api/get-version',
  },
  {access: 'control', answer: () => null, name: 'thread-api/init'},
  {
    access: 'read',
    answer: (_, {graph}) => listGraphs(graph.dataDir).map(({repo}) => new ValueMap([[keyword('name'), repo]])),
    name: 'thread-api/list-db',
  },
  {access: 'control', answer: () => null, name: 'thread-api/release-access-handles'},
]
