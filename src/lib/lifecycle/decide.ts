import type {Authority} from '../lock/owner.js'
import type {Inspection, Named} from './inspect/classify.js'

/** Next step of a start. */
export type StartStep =
  | {do: 'refuse'}
  | {do: 'renew'; seen: Named}
  | {do: 'reuse'; seen: Named}
  | {do: 'spawn'}
  | {do: 'take-over'; seen: Named}
  | {do: 'wait'; seen: Named}

/** Next step of a stop. */
export type StopStep = {do: 'deny'; seen: Named} | {do: 'none'} | {do: 'refuse'} | {do: 'stop'; seen: Named}

/** Rights of a requester on a server, and whether its start updates the owner process in the record. */
export interface StartAuthority extends Authority {
  updatesOwnerProcess: boolean
}

/** Decides the next step of a start. A server that does not respond is waited for, never killed. */
export function decideStart(seen: Inspection, may: StartAuthority): StartStep {
  switch (seen.state) {
    case 'absent':
    case 'corrupt':
    case 'stale':
      return {do: 'spawn'}
    case 'elsewhere':
    case 'unreadable':
      return {do: 'refuse'}
    case 'ready':
      if (may.takesOver) return {do: 'take-over', seen}
      return {do: may.updatesOwnerProcess ? 'renew' : 'reuse', seen}
    case 'starting':
    case 'unresponsive':
      return {do: 'wait', seen}
    case 'unsupported':
      return seen.ready ? {do: 'reuse', seen} : {do: 'refuse'}
  }
}

/** Decides the next step of a stop. */
export function decideStop(seen: Inspection, may: Authority): StopStep {
  switch (seen.state) {
    case 'absent':
    case 'corrupt':
    case 'stale':
      return {do: 'none'}
    case 'elsewhere':
    case 'unreadable':
    case 'unsupported':
      return {do: 'refuse'}
    case 'ready':
    case 'starting':
    case 'unresponsive':
      return {do: may.canStop ? 'stop' : 'deny', seen}
  }
}
