import {commonFlags, forceFlag, queryTimeoutFlag, repoFlag, timeoutFlag, workerFlag} from './flags.js'

/** For commands that call the server of a graph, and start it when none runs. */
export const callFlags = {
  ...repoFlag,
  ...queryTimeoutFlag,
  ...timeoutFlag,
  ...forceFlag,
  ...workerFlag,
  ...commonFlags,
}
