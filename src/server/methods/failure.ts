import {join} from 'node:path'

import {machineError, ServerError, withSequel} from '../../lib/errors.js'
import {diskFailed} from '../../lib/files/disk-failed.js'
import {DATABASE} from '../../lib/files/names.js'
import {isDiskFailure, isFull, mayBeCommitted} from '../../lib/sqlite.js'

/** Sentence that is true after a commit that failed: its pages may be in the log, which only the next start reads. */
const MAY_BE_COMMITTED =
  'the change is not in the graph now, but may be there after the next start of the server; ' +
  'the same request may be sent again with the same request-id'

/**
 * Distinguishes a full or failing disk from a bug, and says whether the request was executed.
 * @param graphDir the directory of the graph, for a trial of what the disk refuses
 * @param isWritten the error came after the commit: while the response was put together, say
 */
export function explainFailure(error: unknown, graphDir: string, isWritten: boolean): unknown {
  if (isWritten)
    return withSequel(explainDisk(error, graphDir), 'its change had been written before, and is in the graph')
  if (mayBeCommitted(error)) return withSequel(explainDisk(error, graphDir), MAY_BE_COMMITTED)
  if (isFull(error)) return withSequel(explainDisk(error, graphDir), 'nothing was written')
  if (isDiskFailure(error))
    return diskFailed('the disk failed, and the request was not executed', join(graphDir, DATABASE), error)
  const isStopping = error instanceof ServerError && error.code === 'server-stopping'
  return isStopping ? withSequel(error, 'nothing was done') : explainDisk(error, graphDir)
}

function explainDisk(error: unknown, graphDir: string): unknown {
  if (isFull(error)) return new ServerError('disk-full', 'the disk is full', {cause: error})
  if (isDiskFailure(error)) return diskFailed('the disk failed', join(graphDir, DATABASE), error)
  return machineError(error) ?? error
}
