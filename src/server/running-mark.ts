import {lastUncleanEnd, markRunning, ownMarker, type UncleanEnd, unmarkRunning} from '../lib/lock/unclean-end.js'

/** File by which the next server detects that this one did not end cleanly. Its writer holds the server lock. */
export class RunningMark {
  readonly #dir: string
  #own: UncleanEnd | undefined

  /** End of the last server, if it was not clean. */
  readonly uncleanEnd: UncleanEnd | undefined

  /** Marks the graph as open. An unclean end of the last server stays in the file, so that it outlasts a start that fails. */
  constructor(dir: string) {
    this.#dir = dir
    this.uncleanEnd = lastUncleanEnd(dir)
    if (this.uncleanEnd) markRunning(dir, this.uncleanEnd)
    else this.#markOwn()
  }

  /** Replaces the end of the last server by the mark of this one, when the database is open. */
  replaceLast(): void {
    if (this.uncleanEnd) this.#markOwn()
  }

  /**
   * Removes the own mark after the database was closed.
   * @param doubt reason why the next server has to check the graph; the mark then stays, with this reason
   */
  remove(doubt: string | undefined): void {
    if (this.#own) unmarkRunning(this.#dir, this.#own, doubt)
  }

  #markOwn(): void {
    this.#own = ownMarker(new Date())
    markRunning(this.#dir, this.#own)
  }
}
