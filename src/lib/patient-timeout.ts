import {timeText} from './time-text.js'

/**
 * Calls back after a time, of which a pause of this program (it was suspended, or busy) takes at most a half: what has arrived
 * meanwhile is read first. A single timer would end the wait before.
 * @param ms time in ms
 * @returns a function that cancels the call
 */
export function patientTimeout(ms: number, act: () => void): () => void {
  let timer = setTimeout(() => {
    timer = setTimeout(act, ms / 2)
  }, ms / 2)
  return () => clearTimeout(timer)
}

/** Returns a signal that aborts after a time as `patientTimeout` does, with an error. It keeps no program running. */
export function patientSignal(ms: number): AbortSignal {
  const controller = new AbortController()
  const end = () => controller.abort(new Error(`no response in ${timeText(ms)}`))
  setTimeout(() => setTimeout(end, ms / 2).unref(), ms / 2).unref()
  return controller.signal
}
