import * as Flags from '@oclif/core/flags'

import {ServerError} from '../lib/errors.js'
import {commonFlags, forceFlag, parseTimeout, repoFlag, timeoutFlag, workerFlag} from './flags.js'

/** The longest time that the server takes for one request, in ms. */
const MAX_QUERY_MS = 60 * 60 * 1000

/** For commands that ask the server something: how long it may take for the answer. */
const queryTimeoutFlag = {
  'query-timeout': Flags.custom<number>({
    parse: async (text) => {
      const ms = parseTimeout(text)
      if (ms <= MAX_QUERY_MS) return ms
      throw new ServerError('usage', `${text} is too long: a request may take an hour at the most`)
    },
  })({
    helpValue: 'TIME',
    summary: 'How long the server may take for the answer: 30s, 500ms, or a number of ms. Default 30s.',
  }),
}

/** For commands that call the server of a graph, and start it when none runs. */
export const callFlags = {
  ...repoFlag,
  ...queryTimeoutFlag,
  ...timeoutFlag,
  ...forceFlag,
  ...workerFlag,
  ...commonFlags,
}
