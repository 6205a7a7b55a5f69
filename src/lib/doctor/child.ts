import {messageOf} from '../errors.js'
import {collectFiles} from './collect-files.js'
import {holdLock, tryLock} from './lock-trial.js'

/**
 * Looks at a disk in a process of its own: a disk that does not respond blocks a process for ever, and only another one can go on
 * without it. Arguments: `files DIRECTORY`, `hold PATH`, `try PATH`. Prints one line of JSON.
 */
const [task, path = ''] = process.argv.slice(2)
try {
  if (task === 'files') print(collectFiles(path))
  else if (task === 'hold') print(holdLock(path))
  else if (task === 'try') print(tryLock(path))
} catch (error) {
  print({problem: messageOf(error)})
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
