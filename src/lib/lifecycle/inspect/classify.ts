import type {RecordRead} from '../../lock/record-file.js'
import {isNewer, type LockRecord} from '../../lock/record.js'
import type {Liveness, ProcessFacts} from '../../process/identity.js'
import type {Probe} from './probe.js'

/**
 * How things stand with a graph's daemon:
 * - `absent` no record; `corrupt` something else stands in its place
 * - `unreadable` it may not be read, or another user may have made it: it, or the graph's directory, is that user's
 * - `stale` its holder is proven dead, or its pid belongs to an innocent
 * - `starting` alive, not ready; `ready` alive and proven; `unresponsive` alive, no (proven) answer within a second
 * - `elsewhere` its holder lives on another machine or in another container
 * - `unsupported` a newer version than ours wrote it
 */
export type State =
  'absent' | 'corrupt' | 'elsewhere' | 'ready' | 'stale' | 'starting' | 'unreadable' | 'unresponsive' | 'unsupported'

export type Inspection =
  | {problem: string; state: 'corrupt'}
  | {path?: string; state: 'unreadable'; uid: number | undefined}
  | {state: 'absent'}
  | Named

/** An inspection that found a record: what it says, and what it names. */
export interface Named {
  /** Why the daemon counts its graph as damaged, and only reads it. */
  damage?: string
  /** The process of the record, when it is proven to be its daemon by its identity and its command line. */
  process?: ProcessFacts
  /** The daemon has proven that it serves the directory under this path. */
  provesPlace?: boolean
  record: LockRecord
  /** Only for `unsupported`: does it serve, and may it be reused? */
  ready?: boolean
  state: 'elsewhere' | 'ready' | 'stale' | 'starting' | 'unresponsive' | 'unsupported'
}

/** Does the server that was seen answer, and may it be used? One of a newer version may. */
export function serves(seen: Inspection): seen is Named {
  return seen.state === 'ready' || (seen.state === 'unsupported' && seen.ready === true)
}

/** Everything that was seen. `life` and `answer` are there when a record is. */
export interface InspectedFacts {
  answer?: Probe
  liveness?: Liveness
  process?: ProcessFacts
  read: RecordRead
}

/** Says in one word what the facts amount to. */
export function classify({answer = 'silent', liveness = 'dead', process, read}: InspectedFacts): Inspection {
  switch (read.kind) {
    case 'absent':
      return {state: 'absent'}
    case 'corrupt':
      return {problem: read.problem, state: 'corrupt'}
    case 'failed':
      throw read.error
    case 'present':
      return named(read.record, liveness, answer, process)
    case 'unreadable':
      return {state: 'unreadable', uid: read.uid}
  }
}

function named(record: LockRecord, liveness: Liveness, answer: Probe, process: ProcessFacts | undefined): Named {
  const proven = answer === 'ready' || answer === 'starting'
  // A pid that may be anybody's is the daemon's only if the listener proves it.
  if (liveness === 'dead' || (liveness === 'possible' && !proven)) return {record, state: 'stale'}
  if (isNewer(record)) return {process, ready: answer === 'ready', record, state: 'unsupported'}
  if (proven) return {process, record, state: answer}
  if (liveness === 'alive') return {process, record, state: 'unresponsive'}
  return {record, state: 'elsewhere'}
}
