import type {Datom} from '../engine/datom.js'
import type {StoredDatabase} from '../engine/stored-database.js'
import {awaited, type CooperativeTask, type ExecutionContext} from '../engine/task.js'
import type {Snapshot} from '../logseq/connection.js'
import type {SearchIndex} from '../logseq/search/search-index.js'
import type {MethodContext} from './methods/method.js'

/** Environment of the tasks. */
export interface IndexTaskHooks {
  /** Holds the present state of the graph. */
  hold(): Snapshot
  /** Runs a task in the background. Never rejects. */
  inBackground(start: (execution: ExecutionContext) => CooperativeTask<void>): Promise<void>
}

/** The search index of an open graph, with the tasks that make it and keep it up to date. */
export class IndexTasks implements Readonly<MethodContext['search']> {
  readonly index: SearchIndex
  readonly #hooks: IndexTaskHooks

  constructor(index: SearchIndex, hooks: IndexTaskHooks) {
    this.index = index
    this.#hooks = hooks
  }

  build(): CooperativeTask<void> {
    return awaited(this.#build())
  }

  start(db: StoredDatabase, isForced: boolean): boolean {
    if (!isForced && this.index.has(db)) return false
    void this.#build()
    return true
  }

  /** Brings the index up to a write. */
  onWritten(txData: readonly Datom[]): void {
    const {hold, inBackground} = this.#hooks
    this.index.note(txData)
    if (this.index.hasPending) void inBackground((execution) => this.index.update(hold, execution))
  }

  #build(): Promise<void> {
    const {hold, inBackground} = this.#hooks
    return inBackground((execution) => this.index.build(hold, execution))
  }
}
