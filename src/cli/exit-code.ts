import {ERRORS, type ServerError} from '../lib/errors.js'
import type {Status} from '../lib/lifecycle/results.js'

/** Returns the exit code of `status --exit-code`: 0 running, 3 not running, 5 out of reach. */
export function statusExitCode(status: Status): 0 | 3 | 5 {
  switch (status) {
    case 'corrupt':
    case 'stale':
    case 'stopped':
      return 3
    case 'elsewhere':
    case 'unreadable':
    case 'unresponsive':
    case 'unsupported':
      return 5
    case 'ready':
    case 'starting':
      return 0
  }
}

/** Signals that end a command after it has cleaned up, with their numbers (POSIX `kill`). */
const SIGNALS: Readonly<Record<string, number>> = {SIGHUP: 1, SIGINT: 2, SIGTERM: 15}

/** Returns the exit code of a command that ended because of a signal, as a shell reports it; undefined for anything else. */
export function signalExitCode({details: {signal}}: ServerError): number | undefined {
  const number = typeof signal === 'string' ? SIGNALS[signal] : undefined
  return number === undefined ? undefined : 128 + number
}

/** The exit code of several failures, by their error codes: the greatest of theirs, and 0 for none. */
export function worstExitCode(codes: readonly string[]): number {
  const exits = codes.map((code) => (Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].exit : 1))
  return exits.toSorted((a, b) => b - a)[0] ?? 0
}
