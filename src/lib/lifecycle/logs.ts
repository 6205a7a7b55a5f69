import {type FSWatcher, lstatSync, watch} from 'node:fs'

import {systemCode} from '../errors.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findGraph, type Graph, missingGraph} from '../graphs/locate.js'
import {onAbort} from '../linked-signal.js'
import {requireText} from '../require-argument.js'
import {lastLines, logFiles, type LogLine, parseLogLine, readFrom} from './log-lines.js'
import type {ServerOptions} from './operation.js'

/** Default number of lines. */
export const DEFAULT_LINES = 50

/** Delay after which a change is noticed if the system does not report it, in ms. */
const LOOK_MS = 1000

/** Options of `readLogs` and `followLogs`. */
export interface LogOptions extends Pick<ServerOptions, 'dataDir' | 'repo' | 'signal'> {
  /** Number of last lines. Default 50. */
  lines?: number
  /** Leaves out what was written earlier. */
  since?: Date
}

/** The last lines of a server's log. */
export interface LogResult {
  graph: string
  lines: LogLine[]
  /** Path of the newest log file, if one exists. */
  log?: string
  repo: string
}

/**
 * Reads the last lines that the servers of a graph have written to its log, the oldest first.
 * @throws ServerError `graph-not-exists`, `invalid-graph-name`, `data-dir-permission`
 */
export function readLogs(options: LogOptions): LogResult {
  requireText(options, 'repo')
  const graph = findGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR)
  const {name, repo} = graph
  const paths = logsOf(graph)
  const log = paths.at(-1)
  const {lines} = lastLines(paths, options.lines ?? DEFAULT_LINES, options.since)
  return {graph: name, repo, ...(log !== undefined && {log}), lines}
}

/** @throws ServerError `graph-not-exists` if the graph was moved meanwhile */
function logsOf(graph: Graph): string[] {
  try {
    return logFiles(graph.dir)
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? missingGraph(graph, graph.dataDir) : error
  }
}

/**
 * Yields the last lines of a graph's log, and then each line as it is written, also that of a new day and of a next server.
 * Ends when the signal aborts.
 * @throws as `readLogs`
 */
export async function* followLogs(options: LogOptions): AsyncGenerator<LogLine, void> {
  requireText(options, 'repo')
  const graph = findGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR)
  const changes = new Changes(graph.dir, options.signal)
  try {
    const paths = logsOf(graph)
    let path = paths.at(-1)
    // A server with another local time may go on with an older file.
    const ends = new Map(paths.map((older) => [older, sizeOf(older)]))
    const {end, lines} = lastLines(paths, options.lines ?? DEFAULT_LINES, options.since)
    if (path !== undefined) ends.set(path, end)
    yield* lines
    // What was written before the signal aborted is read, too.
    for (let goesOn = true; goesOn;) {
      goesOn = await changes.next()
      const newest = logsOf(graph).at(-1)
      // What was written to the file of the day before is read before the next file.
      for (const current of new Set([path, newest])) {
        if (current === undefined) continue
        const piece = readFrom(current, ends.get(current) ?? 0)
        ends.set(current, piece.end)
        path = current
        for (const line of piece.lines) yield parseLogLine(line)
      }
    }
  } finally {
    changes.close()
  }
}

function sizeOf(path: string): number {
  return lstatSync(path, {throwIfNoEntry: false})?.size ?? 0
}

/** Reports changes in a directory: at once where the system does, else every second. */
class Changes {
  #changed = true
  readonly #signal: AbortSignal | undefined
  readonly #unlink: (() => void) | undefined
  #wake: (() => void) | undefined
  readonly #watcher: FSWatcher | undefined

  constructor(directory: string, signal: AbortSignal | undefined) {
    this.#signal = signal
    this.#watcher = this.#watch(directory)
    this.#unlink = signal && onAbort(signal, this.#onChange)
  }

  /** Waits for the next change. @returns false when the signal has aborted */
  async next(): Promise<boolean> {
    if (!this.#changed && !this.#signal?.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }

    this.#changed = false
    return !this.#signal?.aborted
  }

  close(): void {
    this.#watcher?.close()
    this.#unlink?.()
  }

  readonly #onChange = () => {
    this.#changed = true
    this.#wake?.()
  }

  #watch(directory: string): FSWatcher | undefined {
    try {
      return watch(directory, this.#onChange).on('error', () => {}) // it is looked at every second all the same
    } catch {
      return undefined // no more watches for this user: it is looked at every second
    }
  }
}
