import {type FileState, fileState, isSameState, isSettled} from '../../engine/files/session.js'

/** A file that is read again only after it may have changed, so that a look at an unchanged one costs one stat. */
export class KeptRead<T> {
  #kept: undefined | {result: T; state: FileState}
  readonly #now: () => number
  readonly #path: string
  readonly #read: () => T

  /**
   * @param read reads the file at the path
   * @param now wall clock, in ms
   */
  constructor(path: string, read: () => T, now = Date.now) {
    this.#now = now
    this.#path = path
    this.#read = read
  }

  /** Returns what the file holds now. Throws what the read throws. */
  read(): T {
    const state = this.#state() // before the read: a change meanwhile is seen at the next call
    if (state && this.#kept && isSameState(state, this.#kept.state)) return this.#kept.result
    const result = this.#read()
    this.#kept = state && isSettled(state, this.#now()) ? {result, state} : undefined
    return result
  }

  #state(): FileState | undefined {
    try {
      return fileState(this.#path)
    } catch {
      return undefined // the read meets the same obstacle, and reports it
    }
  }
}
