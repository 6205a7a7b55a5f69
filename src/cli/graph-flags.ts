import {commonFlags, forceFlag, queryTimeoutFlag, repoFlag, timeoutFlag, workerFlag} from './flags.js'

/** Flags of commands that call a graph's server, and start it if none runs. */
export const callFlags = {
  ...repoFlag,
  ...queryTimeoutFlag,
  ...timeoutFlag,
  ...forceFlag,
  ...workerFlag,
  ...commonFlags,
}
