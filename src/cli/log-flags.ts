import * as Flags from '@oclif/core/flags'

import {DEFAULT_LINES} from '../lib/lifecycle/logs.js'
import {FLAG_VALUES} from './flag-values.js'
import {parsedBy} from './flags.js'

/** Flags that select the part of a log to show. */
export const linesFlag = {
  lines: Flags.custom<number>({parse: parsedBy(FLAG_VALUES.lines)})({
    char: 'n',
    default: DEFAULT_LINES,
    helpValue: 'N',
    summary: 'Print the last N lines.',
  }),
}

/** From when on a log is shown. */
export const sinceFlag = {
  since: Flags.custom<Date>({
    parse: async (text) => new Date(await parsedBy(FLAG_VALUES.since)(text)),
  })({
    helpValue: 'TIME',
    summary: 'Only print lines of the last 10m, 2h or 3d, or since a time such as 2026-11-26T12:00.',
  }),
}
