import {type Clock, systemClock} from '../lib/clock.js'
import {requireObject} from '../lib/require-argument.js'
import type {DbWorkerManager} from './manager.js'

/** Time that a quitting app waits for its servers to stop, in ms. A server that is left stops by itself, since its lease ended. */
const QUIT_MS = 5000

/** The part of Electron's `app` that is used. */
export interface QuittingApp {
  /** Adds a listener. */
  on(event: 'before-quit', listener: (event: {preventDefault(): void}) => void): unknown
  /** Quits the app; `before-quit` is emitted again. */
  quit(): void
}

/**
 * Stops the app's servers before the app quits. The first `before-quit` is prevented; when the servers have stopped, or after
 * `timeoutMs`, the app quits. Attach the primary instance only: an instance without `requestSingleInstanceLock` has no servers.
 * Crashes and log-offs need no hook, since they end the leases. A second SIGTERM or Ctrl-C makes Electron exit at once.
 * @throws ServerError `usage` without an app or a manager
 */
export function attachToApp(
  app: QuittingApp,
  manager: Pick<DbWorkerManager, 'state' | 'stopAll'>,
  {clock = systemClock, timeoutMs = QUIT_MS}: {clock?: Clock; timeoutMs?: number} = {},
): void {
  requireObject(app, 'app')
  requireObject(manager, 'manager')
  let state: 'done' | 'running' | 'waiting' = 'running'
  app.on('before-quit', (event) => {
    if (state === 'done' || (state === 'running' && manager.state().length === 0)) {
      state = 'running' // A window may still refuse to close: then the app stays open and can quit later.
      return
    }

    event.preventDefault()
    if (state === 'waiting') return
    state = 'waiting'
    const patience = new AbortController()
    const enough = clock.sleep(timeoutMs, patience.signal).catch(() => {}) // aborted below: the servers stopped in time
    void Promise.race([manager.stopAll(), enough])
      .catch(() => {}) // a server that cannot be stopped must not keep the app open
      .then(() => {
        patience.abort()
        state = 'done'
        app.quit()
      })
  })
}
