import {join} from 'node:path'

import {machineError} from '../errors.js'
import {RECORD} from '../files/names.js'
import {requireRoom} from '../files/own-copies.js'
import {requireWritable} from '../graphs/data-dir.js'
import type {LockRecord} from '../lock/record.js'
import {requireDescriptors} from '../require-descriptors.js'
import type {Operation} from './operation.js'

/** Room for the files of a start, in bytes: the mark of an open graph, the record, the lines of the log. */
const START_BYTES = 64 * 1024

/** Files that a server which starts has open beyond those of this process. It inherits the limit. */
const DESCRIPTORS = 10

/**
 * Refuses to stop a server that could not be started again, as far as that can be found out in a moment. What the server itself uses
 * is no obstacle: its process, its inodes.
 * @throws ServerError `data-dir-permission`, `disk-full`, `too-many-open-files`
 */
export function requireStartable({graph: {dir}}: Operation, {supervised}: LockRecord): void {
  requireRoom(join(dir, RECORD), START_BYTES)
  if (supervised) return // its supervisor may have other limits, and write where this process may not
  requireWritable(dir)
  try {
    requireDescriptors(DESCRIPTORS)
  } catch (error) {
    throw machineError(error) ?? error
  }
}
