import {blockOperations} from './block-operations.js'
import type {Operation} from './operation.js'
import {pageOperations} from './page-operations.js'
import {propertyOperations} from './property-operations.js'

/** All operations, by their names. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ...blockOperations,
  ...pageOperations,
  ...propertyOperations,
])
