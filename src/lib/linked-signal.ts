import {setMaxListeners} from 'node:events'

/** Signal that aborts with any of its sources, as long as it is linked to them. */
export interface LinkedSignal {
  /** Aborts the signal itself. */
  abort(reason?: unknown): void
  signal: AbortSignal
  /** Ends the link; the sources keep nothing of it. */
  unlink(): void
}

/**
 * Creates a signal that aborts with the first of its sources, and with its reason. `AbortSignal.any` would do, but Node.js 20 keeps
 * each signal that it made for as long as a source lives: a client with one signal for all its calls grew by 1 KB a call.
 */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const own = new AbortController()
  const links = sources.flatMap((source) => {
    if (!source) return []
    const follow = () => own.abort(source.reason)
    if (source.aborted) follow()
    return [onAbort(source, follow)]
  })
  return {
    abort: (reason) => own.abort(reason),
    signal: own.signal,
    unlink() {
      for (const cut of links) cut()
    },
  }
}

/**
 * Adds a listener for the abort of a signal, which many calls may share.
 * @returns a function that removes it
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  allowMany(signal)
  signal.addEventListener('abort', listener)
  return () => signal.removeEventListener('abort', listener)
}

/**
 * Allows any number of listeners of a caller's signal: a stop of all servers waits for many at once. Node.js would warn of a leak
 * at the eleventh.
 */
export function allowMany(signal: AbortSignal): void {
  setMaxListeners(0, signal)
}
