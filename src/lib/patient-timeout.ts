import {timeText} from './time-text.js'

/**
 * Calls back after a time, of which a pause of this program (it was suspended, or busy) takes at most a half, and not before what
 * has arrived by then is read. A single timer would end the wait first.
 * @param ms time in ms
 * @returns a function that cancels the call
 */
export function patientTimeout(ms: number, act: () => void): () => void {
  let isCancelled = false
  let timer = setTimeout(() => {
    timer = setTimeout(() => setImmediate(end), ms / 2)
  }, ms / 2)
  const end = () => {
    if (!isCancelled) act()
  }

  return () => {
    isCancelled = true
    clearTimeout(timer)
  }
}

/** Returns a signal that aborts after a time as `patientTimeout` does, with an error. It keeps no program running. */
export function patientSignal(ms: number): AbortSignal {
  const controller = new AbortController()
  const end = () => controller.abort(new Error(`no response in ${timeText(ms)}`))
  setTimeout(() => setTimeout(() => setImmediate(end), ms / 2).unref(), ms / 2).unref()
  return controller.signal
}
