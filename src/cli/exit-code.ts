import type {Status} from '../lib/lifecycle/results.js'

/** What `status --exit-code` says to a script: 0 it runs, 3 it does not, 5 it is out of reach. */
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
