import {stat, unwatchFile, watchFile} from 'node:fs'

/**
 * Creates the thread in which libuv compares files: one, as the server has no other use for its pool. Called early, since Node.js
 * aborts where the system allows no further thread: then a start fails, and not a server that is in use.
 */
export function prepareFileWatch(): void {
  process.env['UV_THREADPOOL_SIZE'] ??= '1'
  stat('/', () => {}) // the first use of the pool creates it
}

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
