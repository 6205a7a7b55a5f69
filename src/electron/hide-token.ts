import {inspect} from 'node:util'

import type {ManagedRuntime, ManagerEvent} from './types.js'

/**
 * Hides the token where a runtime is logged with `console.log`. JSON and structured clones, by which an app sends it to a window,
 * keep it.
 */
export function hideTokenInLogs(runtime: ManagedRuntime): ManagedRuntime {
  return Object.defineProperty(runtime, inspect.custom, {value: () => withoutToken(runtime)})
}

/** Hides the token where an event is logged, as JSON too. A structured clone, by which an app sends it to a window, keeps it. */
export function hideToken(event: ManagerEvent): ManagerEvent {
  if (event.type !== 'ready') return event
  const shown = {value: () => ({...event, runtime: withoutToken(event.runtime)})}
  return Object.defineProperties(event, {toJSON: shown, [inspect.custom]: shown})
}

function withoutToken({authToken: _, ...runtime}: ManagedRuntime): Omit<ManagedRuntime, 'authToken'> {
  return runtime
}
