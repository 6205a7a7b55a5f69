/** Types of the methods, and of what they can use. To add a method: CONTRIBUTING.md, "Adding a method". */
import type {Warn} from '../../engine/attributes.js'
import type {Datom} from '../../engine/datom.js'
import type {CheckReport} from '../../engine/integrity/check.js'
import type {RequestLog} from '../../engine/storage/requests.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {ServerError} from '../../lib/errors.js'
import type {BackupFile} from '../../lib/files/backups.js'
import type {Graph} from '../../lib/graphs/locate.js'
import type {Era} from '../../logseq/era.js'
import type {SearchIndex} from '../../logseq/search/search-index.js'
import type {MethodSpec} from '../../protocol/methods/spec.js'
import type {Value} from '../../values/types.js'
import type {ArgumentValues} from './arguments.js'

/** Changes that one write made to the graph. */
export interface Written {
  txData: readonly Datom[]
  /** Metadata that the client sent with it. */
  txMeta: Value
}

/** The graph as methods see it: the engine, and nothing of the server around it. */
interface OpenGraph {
  /** Reason why it is served for reading only; undefined if it may be written. */
  readonly readOnly: string | undefined
  /** Replaces this graph by another. As in Connection. */
  replace(
    build: (before: StoredDatabase, empty: StoredDatabase) => CooperativeTask<StoredDatabase>,
    execution: ExecutionContext,
    alongside?: () => void,
  ): CooperativeTask<{after: StoredDatabase; before: StoredDatabase}>
  /** The graph as it is now, until it is released. */
  snapshot(): {db: StoredDatabase; release(): void}
  /** Changes the graph. On disk when it returns; errors and `alongside` as in Connection. */
  transact(
    txData: Value,
    execution: ExecutionContext,
    txMeta: Value,
    alongside?: (after: StoredDatabase) => void,
  ): CooperativeTask<{after: StoredDatabase; txData: readonly Datom[]}>
}

/** Copies of the graph while no write runs. */
interface Copies {
  /** Into the directory of its backups; it is checked, and marked when it is damaged. */
  backUp(execution: ExecutionContext): CooperativeTask<BackupFile>
  /** Into a file that is not there yet. */
  copyTo(path: string): CooperativeTask<void>
}

/** The search index, and what makes it beside everything else. */
interface Searching {
  /** Makes the index in a task of its own, and waits for it. */
  build(): CooperativeTask<void>
  index: SearchIndex
  /** Makes the index for this state of the graph, or makes it anew. @returns whether it is being made */
  start(db: StoredDatabase, isForced: boolean): boolean
}

/** Environment of the methods. */
export interface MethodContext {
  /** Looks through all that is stored. */
  check(execution: ExecutionContext): CooperativeTask<CheckReport>
  /** Deletes unused rows, and shrinks the database file. No write may run meanwhile. */
  collectGarbage(execution: ExecutionContext): CooperativeTask<void>
  copies: Copies
  graph: Graph
  /** Returns true if a client listens to what is written. */
  isHeard(): boolean
  /** Called in the order of the commits. */
  onWritten(written: Written): void
  open: OpenGraph
  /** Throws unless the record still names this server and its files are in their places. */
  assertOwnership(): void
  /** The last writes that clients have named. */
  requests: RequestLog
  search: Searching
  revision: string
  /** Everything is in the database file, and nothing in its log. */
  checkpoint(): void
  sqliteVersion: string
  /** Closes the graph, takes it out of the list of graphs, and ends the server. @returns where its directory is now */
  unlink(): CooperativeTask<string>
}

/** Environment of one call. */
export interface CallContext extends MethodContext {
  era: Era
  /** Remembers the answer of a write under the client's name for it. In the transaction of the write. Undefined without a name. */
  remember: ((result: Value) => void) | undefined
  /** The graph as the client named it; empty in a method that is about no graph. */
  repo: string
  /** Path of a file with what the method takes as bytes; undefined when its arguments have it. */
  upload: string | undefined
  /** Reports a probable mistake to the client. */
  warn: Warn
  /** Error for an argument: `wrong('id', 'a page', 'a block')`. */
  wrong(argument: string, expected: string, got: string): ServerError
}

/** Action of a method. One that needs little time answers at once; any other is a task. */
type Run<A> =
  | {answer(args: A, call: CallContext): Value}
  | {task(args: A, call: CallContext, execution: ExecutionContext): CooperativeTask<Value>}

/** A method of `/v1/invoke`. */
export type Method = MethodSpec & {
  /** As a program calls it: `thread-api/q`. */
  name: string
  run(args: readonly unknown[], call: CallContext, execution: ExecutionContext): CooperativeTask<Value>
}

/** Joins the methods of a topic with what they do: a method without, or with other arguments, is an error of types. */
export function implement<T extends Readonly<Record<string, MethodSpec>>>(
  specs: T,
  runs: {[K in keyof T]: Run<ArgumentValues<T[K]['args']>>},
): Method[] {
  return Object.entries(specs).map(([name, spec]) => ({...spec, name, run: runOf(runs[name as keyof T])}))
}

function runOf(run: Run<never>): Method['run'] {
  return function* (args, call, execution) {
    return 'task' in run ? yield* run.task(args as never, call, execution) : run.answer(args as never, call)
  }
}
