import {existsSync} from 'node:fs'

import {ServerError} from '../errors.js'
import type {Operation, StartOptions} from './operation.js'

/**
 * Refuses a worker script that does not exist, of which Node.js would print a stack.
 * @param outcome what then was not done: `not started`
 * @throws ServerError `server-start-failed`
 */
export function requireScript(
  {graph}: Pick<Operation, 'graph'>,
  {workerScript}: Pick<StartOptions, 'workerScript'>,
  outcome: 'not restarted' | 'not started',
): void {
  if (workerScript === undefined || existsSync(workerScript)) return
  throw new ServerError(
    'server-start-failed',
    `The server of ${graph.name} was ${outcome}: the worker script ${workerScript} does not exist`,
    {
      details: {repo: graph.repo, path: workerScript},
      hint: 'Correct the path, or leave it out: the server of this package is then started.',
    },
  )
}
