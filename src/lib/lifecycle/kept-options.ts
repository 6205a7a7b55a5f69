import {readRecord} from '../lock/record-file.js'
import type {Operation, StartOptions} from './operation.js'

/** Adds to the options of a start what the server that is to be replaced has: its idle timeout, unless another one is given. */
export function keptBy({graph}: Operation, options: StartOptions): StartOptions {
  const read = readRecord(graph.dir)
  const kept = read.kind === 'present' ? read.record['idle-timeout-ms'] : undefined
  return kept === undefined || options.idleTimeoutMs !== undefined ? options : {...options, idleTimeoutMs: kept}
}
