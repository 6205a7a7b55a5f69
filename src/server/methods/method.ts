import type {Datom} from '../../engine/datom.js'
import type {Facts} from '../../engine/facts.js'
import type {CheckReport} from '../../engine/integrity/check.js'
import type {Warn} from '../../engine/query/attributes.js'
import type {RequestLog} from '../../engine/storage/requests.js'
import type {Pace, Task} from '../../engine/task.js'
import type {BackupFile} from '../../lib/graphs/backups.js'
import type {Graph} from '../../lib/graphs/locate.js'
import type {Access} from '../../lib/methods.js'
import type {Value} from '../../values/types.js'
import type {Arguments} from './arguments.js'

/** What one write did to the graph. */
export interface Written {
  txData: readonly Datom[]
  /** What the client said about it. */
  txMeta: Value
}

/** The graph as methods see it: the engine, and nothing of the daemon around it. */
interface OpenGraph {
  /** Why it is served for reading only; undefined when it may be written. */
  readonly readOnly: string | undefined
  /** The graph as it is now, until it is released. */
  snapshot(): {db: Facts; release(): void}
  /** Changes the graph. On disk when it returns; after an error nothing has changed. `alongside` as in Connection. */
  transact(txData: Value, pace: Pace, txMeta: Value, alongside?: () => void): Task<{txData: readonly Datom[]}>
}

/** Copies of the graph as it is while nobody writes. */
interface Copies {
  /** Into the directory of its backups; it is checked, and marked when it is damaged. */
  backUp(pace: Pace): Task<BackupFile>
  /** Into a file that is not there yet. */
  copyTo(path: string): Task<void>
}

/** What the methods work on. */
export interface MethodContext {
  /** Looks through all that is stored. */
  check(pace: Pace): Task<CheckReport>
  copies: Copies
  graph: Graph
  /** Told in the order in which the writes were committed. */
  onWritten(written: Written): void
  open: OpenGraph
  /** Throws unless the record still names this daemon and its files are in their places. */
  requireMine(): void
  /** The last writes that clients have named. */
  requests: RequestLog
  revision: string
  /** Everything is in the database file, and nothing in its log. */
  checkpoint(): void
  sqliteVersion: string
}

/** What one call works on. */
export interface CallContext extends MethodContext {
  /** Remembers the answer of a write under the client's name for it. To be called in the transaction of the write. */
  remember(result: Value): void
}

/** A method of `/v1/invoke`. One that needs little time answers at once; any other is a task. */
export type Method = MethodBase &
  (
    | {answer(args: Arguments, context: CallContext): Value}
    | {task(args: Arguments, context: CallContext, pace: Pace, warn: Warn): Task<Value>}
  )

interface MethodBase {
  /**
   * What a call does to the graph:
   * - `read` nothing: a client may repeat it as often as it likes
   * - `write` changes it: refused while the graph is read-only, and by a server that no longer holds the graph
   * - `control` opens, closes or copies it, or is about the server: refused by a server that no longer holds the graph
   */
  access: Access
  /** As a program calls it: `thread-api/q`. */
  name: string
  /** Runs while nobody writes, as each write does. */
  exclusive?: true
}
