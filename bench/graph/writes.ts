import {openSqlite, type Sqlite} from '../../src/lib/sqlite.js'
import {keyword} from '../../src/values/scalars.js'
import {ValueMap} from '../../src/values/types.js'
import {median} from '../measure.js'
import type {Figure} from '../report.js'
import type {Held} from './held.js'
import {Random} from './random.js'

const TIMEOUT_MS = 60_000
const WARM_UP = 50

/** As long as the content of most rows. */
const ROW = 'x'.repeat(700)

/**
 * A new title for a block, on disk when it returns, and one row in a database of nothing else, in turns.
 * @param file of that database
 */
export async function compareWrites({connection, scheduler}: Held, file: string, rounds: number): Promise<Figure> {
  const bare = openBare(file)
  const put = bare.prepare(
    'INSERT INTO kvs VALUES (1, ?, NULL) ON CONFLICT (addr) DO UPDATE SET content = excluded.content',
  )
  const random = new Random(2)
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = -WARM_UP; round < rounds; round++) {
    const change = new ValueMap([
      [keyword('db/id'), connection.db.maxEid - random.below(1000)],
      [keyword('block/title'), `changed in round ${round}`],
    ] as never)
    const began = performance.now()
    const options = {timeoutMs: TIMEOUT_MS, writes: true}
    await scheduler.run((execution) => connection.transact([change], execution), options)
    const between = performance.now()
    bare.transaction(() => put.run(`${ROW}${round}`))
    const ended = performance.now()
    if (round < 0) continue
    ours.push(between - began)
    theirs.push(ended - between)
  }

  bare.close()
  return {
    bound: 4,
    measured: median(ours) / median(theirs),
    unit: 'x one SQLite commit',
    what: 'a small write, on disk',
  }
}

function openBare(file: string): Sqlite {
  const db = openSqlite(file)
  for (const pragma of ['locking_mode = EXCLUSIVE', 'journal_mode = WAL', 'synchronous = FULL'])
    db.exec(`PRAGMA ${pragma}`)
  db.exec('CREATE TABLE kvs (addr INTEGER PRIMARY KEY, content TEXT, addresses JSON)')
  return db
}
