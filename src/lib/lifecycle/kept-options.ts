import {readRecord} from '../lock/record-file.js'
import type {LockRecord} from '../lock/record.js'
import type {Operation, StartOptions} from './operation.js'

/** Adds to the options of a start what the server that is to be replaced has: its idle timeout, unless another one is given. */
export function keptBy(op: Operation, options: StartOptions): StartOptions {
  const kept = recordOf(op)?.['idle-timeout-ms']
  return kept === undefined || options.idleTimeoutMs !== undefined ? options : {...options, idleTimeoutMs: kept}
}

/** Returns true if a supervisor runs the server that is to be replaced: it then starts the next one, too. */
export function isSupervised(op: Operation): boolean {
  return recordOf(op)?.supervised === true
}

function recordOf({graph}: Operation): LockRecord | undefined {
  const read = readRecord(graph.dir)
  return read.kind === 'present' ? read.record : undefined
}
