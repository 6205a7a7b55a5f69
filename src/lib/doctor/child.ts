import {collectFiles} from './collect-files.js'
import {explain} from './explain.js'
import {holdLock, tryLock} from './lock-trial.js'
import type {Task} from './run-child.js'

/**
 * Looks at a disk in a process of its own: a disk that does not respond blocks a process for ever, and only another one can go on
 * without it. Arguments: `files DIRECTORY`, `hold PATH`, `try PATH`. Prints an empty line when it
 * begins, and one line of JSON.
 */
const TASKS = {files: collectFiles, hold: holdLock, try: tryLock} satisfies Record<Task, (path: string) => object>

const [task, path] = process.argv.slice(2) as [Task, string]
process.stdout.write('\n')
try {
  print(TASKS[task](path))
} catch (error) {
  print(explain(error))
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
