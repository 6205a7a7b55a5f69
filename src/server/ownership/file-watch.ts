import {unwatchFile, watchFile} from 'node:fs'

/** Calls back when the state of a file has changed. libuv compares it, without JavaScript. */
export class FileWatch {
  readonly #onChange: () => void
  readonly #paths: readonly string[]

  /**
   * @param paths files, which may be missing
   * @param ms interval of the comparisons
   */
  constructor(paths: readonly string[], ms: number, onChange: () => void) {
    this.#onChange = onChange
    this.#paths = paths
    for (const path of paths) watchFile(path, {interval: ms, persistent: false}, onChange)
  }

  close(): void {
    for (const path of this.#paths) unwatchFile(path, this.#onChange)
  }
}
