import {statSync} from 'node:fs'

import type {CheckReport} from '../engine/integrity/check.js'
import {checkFile} from '../engine/integrity/whole-file.js'
import {awaited, type CooperativeTask, type ExecutionContext, NO_LIMITS, runSync} from '../engine/task.js'
import {messageOf} from '../lib/errors.js'
import {temporaryOf} from '../lib/files/names.js'
import {copyOwnFileSync} from '../lib/files/own-copies.js'
import {removeIfThere} from '../lib/files/remove.js'
import {packagePath} from '../lib/package-root.js'
import {requirePipes} from '../lib/process/require-pipes.js'
import {openSqlite} from '../lib/sqlite.js'

/** Argument of the server's program that makes it check a file and exit. */
export const CHECK_FILE = '--check-file'

/**
 * Files of this size are checked by a process of their own, in bytes. SQLite checks a whole database in one call, which would
 * keep the server from everything else: some 2 ms per MiB.
 */
export const LARGE = 32 * 1024 * 1024

/** Characters of what a failed process wrote. */
const MAX_REASON = 1000

/** Returns true if a file is to be checked by `checkElsewhere`. */
export function isLarge(path: string): boolean {
  return statSync(path).size >= LARGE
}

/** Checks a database file that no process writes meanwhile, in this process or, if it is large, in another one. */
export function* checkAnyFile(path: string, execution: ExecutionContext): CooperativeTask<CheckReport> {
  return isLarge(path) ? yield* checkElsewhere(path) : yield* checkFile(path, execution)
}

/**
 * Checks a database file that no process writes meanwhile, in a process of its own.
 * @param withLog the log beside it counts too: both are copied, so that SQLite writes nothing into the file
 * @throws Error if that process fails; ServerError `too-many-open-files`
 */
export function* checkElsewhere(path: string, withLog = false): CooperativeTask<CheckReport> {
  const copy = withLog ? [temporaryOf(path)] : []
  const {spawn} = process.getBuiltinModule('node:child_process') // few servers need it
  const child = requirePipes(
    spawn(process.execPath, [packagePath('bin', 'db-worker-node.js'), CHECK_FILE, path, ...copy], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  try {
    return yield* awaited(
      new Promise<CheckReport>((resolve, reject) => {
        const output: string[] = []
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (part: string) => output.push(part))
        child.on('error', reject)
        child.on('close', (code, signal) => {
          const text = output.join('')
          if (code === 0) resolve(JSON.parse(text) as CheckReport)
          else reject(new Error(`The check of ${path} ended with ${signal ?? code}: ${text.trim().slice(-MAX_REASON)}`))
        })
      }),
    )
  } finally {
    child.kill('SIGKILL')
    for (const part of copy) removeCopy(part)
  }
}

/**
 * Runs the check in its own process, and prints the report.
 * @param copy path at which the file is checked together with its log; undefined to check the file alone
 * @returns the exit code
 */
export function runFileCheck(path: string, copy: string | undefined): number {
  try {
    if (copy !== undefined) copyWithLog(path, copy)
    process.stdout.write(JSON.stringify(runSync(checkFile(copy ?? path, NO_LIMITS))))
    return 0
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    return 1
  } finally {
    if (copy !== undefined) removeCopy(copy)
  }
}

function copyWithLog(path: string, copy: string): void {
  for (const ending of ['', '-wal']) copyOwnFileSync(path + ending, copy + ending)
  const db = openSqlite(copy)
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK')
    db.all('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}

function removeCopy(path: string): void {
  for (const ending of ['', '-wal', '-shm', '-journal']) removeIfThere(path + ending)
}
