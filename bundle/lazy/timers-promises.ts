import type * as Timers from 'node:timers/promises'

/** The part of `node:timers/promises` that commands use, loaded on the first call: most commands never wait. */
const timers = () => process.getBuiltinModule('node:timers/promises')

export const setImmediate: typeof Timers.setImmediate = (value, options) => timers().setImmediate(value, options)
export const setTimeout: typeof Timers.setTimeout = (ms, value, options) => timers().setTimeout(ms, value, options)
