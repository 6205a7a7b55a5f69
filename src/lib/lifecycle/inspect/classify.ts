import type {RecordRead} from '../../lock/record-file.js'
import {isNewer, type LockRecord} from '../../lock/record.js'
import type {Liveness, ProcessFacts} from '../../process/identity.js'
import type {Probe} from './probe.js'

/**
 * Status of a graph's server:
 * - `absent` no record; `corrupt` something else is at its path
 * - `unreadable` the record is not accessible, or it or the directory belongs to another user
 * - `stale` the process is proven dead, or its pid belongs to an unrelated process
 * - `starting` alive, not ready; `ready` alive and proven; `unresponsive` alive, no (proven) response within a second
 * - `elsewhere` the process runs on another machine or in another container
 * - `unsupported` written by a newer version
 */
export type State =
  'absent' | 'corrupt' | 'elsewhere' | 'ready' | 'stale' | 'starting' | 'unreadable' | 'unresponsive' | 'unsupported'

export type Inspection = {problem: string; state: 'corrupt'} | Unreadable | {state: 'absent'} | Named

/** Inspection of a record, or of the directory `path`, of another user, or without the right to read it. */
export interface Unreadable {
  path?: string
  state: 'unreadable'
  uid: number | undefined
}

/** Inspection that found a record. */
export interface Named {
  /** Reason why the server treats its graph as damaged and read-only. */
  damage?: string
  /** Process of the record, if its identity and command line prove that it is the server. */
  process?: ProcessFacts
  /** True if the server has proven that it serves the directory under this path. */
  provesPlace?: boolean
  record: LockRecord
  /** For `unsupported` only: true if it is ready and may be reused. */
  ready?: boolean
  state: 'elsewhere' | 'ready' | 'stale' | 'starting' | 'unresponsive' | 'unsupported'
}

/** Returns true if the inspected server responds and may be used. One of a newer version may. */
export function serves(seen: Inspection): seen is Named {
  return seen.state === 'ready' || (seen.state === 'unsupported' && seen.ready === true)
}

/** Collected facts. `liveness` and `answer` are present if a record is. */
export interface InspectedFacts {
  answer?: Probe
  liveness?: Liveness
  process?: ProcessFacts
  read: RecordRead
}

/** Derives the status from the collected facts. */
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
  // An ambiguous pid is the server's only if the listener proves it.
  if (liveness === 'dead' || (liveness === 'possible' && !proven)) return {record, state: 'stale'}
  if (isNewer(record)) return {process, ready: answer === 'ready', record, state: 'unsupported'}
  if (proven) return {process, record, state: answer}
  if (liveness === 'alive') return {process, record, state: 'unresponsive'}
  return {record, state: 'elsewhere'}
}
