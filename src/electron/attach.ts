import {type Clock, systemClock} from '../lib/clock.js'
import type {DbWorkerManager} from './manager.js'

/** How long an app's quitting waits for its servers to stop, in ms. What is left ends by itself: nobody leases it. */
const QUIT_MS = 5000

/** What is needed of Electron's `app`. */
export interface QuittingApp {
  on(event: 'before-quit', listener: (event: {preventDefault(): void}) => void): unknown
  quit(): void
}

/**
 * Stops the app's servers before it quits: holds the first `before-quit`, waits for the servers, but not for long, and
 * quits again. Attach the primary instance only; one that lost `requestSingleInstanceLock` quits at once, and has nothing to
 * stop. No hook is needed for crashes and log-offs: they end the leases. A second SIGTERM or Ctrl-C ends the app at once,
 * which is Electron's own doing.
 */
export function attachToApp(
  app: QuittingApp,
  manager: Pick<DbWorkerManager, 'state' | 'stopAll'>,
  {clock = systemClock, timeoutMs = QUIT_MS}: {clock?: Clock; timeoutMs?: number} = {},
): void {
  let state: 'done' | 'running' | 'waiting' = 'running'
  app.on('before-quit', (event) => {
    if (state === 'done' || (state === 'running' && manager.state().length === 0)) {
      state = 'running' // a window may still refuse to close: then the app goes on, and quits another time
      return
    }

    event.preventDefault()
    if (state === 'waiting') return
    state = 'waiting'
    const patience = new AbortController()
    const enough = clock.sleep(timeoutMs, patience.signal).catch(() => {}) // they have stopped in time
    void Promise.race([manager.stopAll(), enough])
      .catch(() => {}) // whatever could not be stopped must not keep the app from quitting
      .then(() => {
        patience.abort()
        state = 'done'
        app.quit()
      })
  })
}
