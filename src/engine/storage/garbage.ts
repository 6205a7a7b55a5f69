import type {Sqlite} from '../../lib/sqlite.js'
import type {NodeSource} from '../index/node.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import type {KvsStore} from './kvs-store.js'
import type {StoredRoot} from './root.js'

/** Rows below this address are the root and the tail. */
const FIRST_NODE = 2

/** Size in bytes from which `VACUUM` blocks everything else for a noticeable time. */
const LARGE = 32 * 1024 * 1024

/** Part of a large file that has to be free for that. */
const WORTH = 0.1

/** Number of rows that are checked, and deleted, in one SQLite transaction. */
const ROWS = 500

/**
 * Deletes the rows of nodes that no index of the stored root leads to; merged nodes leave them behind. There must be no
 * write meanwhile. It can be cancelled at any time: all deleted rows were garbage.
 * @returns how many rows are gone
 * @throws ServerError `graph-damaged` before anything is deleted, when an index cannot be followed
 */
export function* collectGarbage(db: Sqlite, store: KvsStore, execution: ExecutionContext): CooperativeTask<number> {
  // A reader that began earlier still follows nodes that the root has dropped since.
  while (store.isRead) yield
  const snapshot = store.snapshotOfRows()
  try {
    const used = yield* reachable(store.readRoot(), snapshot, execution)
    return yield* deleteOthers(db, used, execution)
  } finally {
    snapshot.release()
  }
}

/**
 * Returns true if a database should be rebuilt without its free pages, which blocks everything else. A large one should
 * only if it gets noticeably smaller. Pages that stay free are used by later writes.
 */
export function isWorthShrinking(db: Sqlite): boolean {
  const [free, pages, size] = ['freelist_count', 'page_count', 'page_size'].map((name) =>
    Number(Object.values(db.all(`PRAGMA ${name}`)[0] ?? {})[0]),
  ) as [number, number, number]
  return free > 0 && (pages * size < LARGE || free >= pages * WORTH)
}

function* reachable(
  {aevt, avet, eavt}: StoredRoot,
  source: NodeSource,
  execution: ExecutionContext,
): CooperativeTask<ReadonlySet<number>> {
  const used = new Set<number>()
  const open = [eavt, aevt, avet].map(({address, depth}) => ({address, height: depth}))
  for (let at = open.pop(); at; at = open.pop()) {
    used.add(at.address)
    execution.reserveRows(1)
    if (execution.shouldYield()) yield
    if (at.height === 0) continue
    for (const address of source.load(at.address, at.height).addresses ?? [])
      if (address !== undefined) open.push({address, height: at.height - 1}) // what is stored has one
  }

  return used
}

function* deleteOthers(db: Sqlite, used: ReadonlySet<number>, execution: ExecutionContext): CooperativeTask<number> {
  // As text: another program may have made rows whose addresses are no exact numbers in JavaScript.
  const next = db.prepare('SELECT CAST(addr AS TEXT) AS addr FROM kvs WHERE kvs.addr > ? ORDER BY kvs.addr LIMIT 1')
  const drop = db.prepare('DELETE FROM kvs WHERE addr = ?')
  let dropped = 0
  for (let from = String(FIRST_NODE - 1), isEnd = false; !isEnd;) {
    db.transaction(() => {
      for (let count = 0; count < ROWS; count++) {
        const row = next.get(from) as undefined | {addr: string}
        isEnd = row === undefined
        if (row === undefined) return
        from = row.addr
        if (used.has(Number(from))) continue
        drop.run(from)
        dropped++
      }
    })
    if (execution.shouldYield()) yield
  }

  return dropped
}
