import {randomUUID} from 'node:crypto'
import {closeSync, constants, fsyncSync, writeSync} from 'node:fs'
import {dirname} from 'node:path'

import {corruptRow} from '../engine/damage.js'
import {CREATE_KVS} from '../engine/storage/shape.js'
import type {CooperativeTask} from '../engine/task.js'
import {machineError, messageOf, systemCode} from '../lib/errors.js'
import {isTooLong, permissionError} from '../lib/files/file-error.js'
import {giveNewName} from '../lib/files/give-name.js'
import {openOwnFile, syncDirectory} from '../lib/files/own-files.js'
import {removeIfThere} from '../lib/files/remove.js'
import {isDiskFailure, isFull, isOfSqlite, openSqlite, type Sqlite} from '../lib/sqlite.js'

/** Suffix of an incomplete file. */
const PART = '.part'

/** Time after which the task yields, in ms. */
const SLICE_MS = 10

/** Bytes that are written to find out why SQLite could not: more than a file may still have room for. */
const TRIED_BYTES = 64 * 1024

/** The copy is synced after this number of rows, because to sync all of a large one at once takes a second. */
const SYNC_ROWS = 4000

/**
 * The rows after an address, with it as text and their values as bytes: another program may have made rows whose addresses are no
 * exact numbers in JavaScript, or whose texts are not UTF-8.
 */
const READ =
  'SELECT CAST(addr AS TEXT) AS address, typeof(content) AS contentType, CAST(content AS BLOB) AS content, ' +
  'typeof(addresses) AS addressesType, CAST(addresses AS BLOB) AS addresses ' +
  'FROM kvs WHERE addr > CAST(? AS INTEGER) ORDER BY addr'

/** Name of the function that gives the values of the row that is written. */
const VALUE = 'copied'

/** A row that `READ` gives. */
interface CopiedRow {
  address: string
  contentType: string
  content: null | Uint8Array
  addressesType: string
  addresses: null | Uint8Array
}

/**
 * Copies an open graph into a new file, through the handle that holds the graph: to open its file a second time would cost the
 * lock on it. Nothing may be written meanwhile. The copy is complete and on disk before it has its name.
 *
 * The new file has a handle of its own. SQLite does not say which file an error is about, so one of an attached file would count
 * as damage of the graph. And while the schema of an attached file cannot be read, as when its disk got full, no statement on
 * the graph can be prepared, not even the one that detaches the file.
 * @param path in a directory that is there
 * @throws SQLite's error if it is about the graph; ServerError with the path if it is about the new file, such as `disk-full`;
 * another error of the file system. Then nothing is left at the path
 */
export function* copyGraph(db: Sqlite, path: string): CooperativeTask<void> {
  const part = `${path}.${randomUUID().slice(0, 8)}${PART}` // a random name: a part that a killed server has left is in no one's way
  const onTarget: OnTarget = (work) => {
    try {
      return work()
    } catch (error) {
      throw targetError(error, path, part)
    }
  }

  onTarget(() => closeSync(openOwnFile(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)))
  let complete = false
  try {
    yield* copyRows(db, part, onTarget)
    onTarget(() => giveNewName(part, path))
    complete = true
  } finally {
    if (!complete) removeIfThere(part) // also when the task is cancelled
  }

  syncDirectory(dirname(path))
}

/** Runs work on the new file, whose errors it explains. */
type OnTarget = <T>(work: () => T) => T

function* copyRows(db: Sqlite, part: string, onTarget: OnTarget): CooperativeTask<void> {
  const target = onTarget(() => openSqlite(part))
  try {
    // It is synced once, when it is complete; until then it is worth nothing.
    onTarget(() => target.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF'))
    onTarget(() => target.exec(CREATE_KVS))
    let values: readonly CopiedRow['content'][] = []
    // Not by the parameters of a statement: one that is not collected would keep the file open.
    target.define(VALUE, (index) => values[index] ?? null)
    const read = db.prepare(READ)
    for (let [last, isMore, unsynced] = ['-1', true, 0]; isMore;) {
      const began = performance.now()
      isMore = false
      onTarget(() => target.exec('BEGIN'))
      for (const row of read.iterate(last) as Iterable<CopiedRow>) {
        // A table that has one page instead of another has rows twice.
        const {address} = row
        if (BigInt(address) <= BigInt(last)) throw corruptRow(Number(address), 'is not in the order of the table')
        values = [row.content, row.addresses]
        const [content, addresses] = [value(0, row.contentType), value(1, row.addressesType)]
        onTarget(() => target.exec(`INSERT INTO kvs VALUES (${address}, ${content}, ${addresses})`))
        last = address
        unsynced++
        isMore = performance.now() - began > SLICE_MS
        if (isMore) break
      }

      onTarget(() => target.exec('COMMIT'))
      yield
      if (unsynced < SYNC_ROWS) continue
      onTarget(() => sync(part))
      unsynced = 0
      yield
    }
  } finally {
    target.close()
  }

  onTarget(() => sync(part))
}

/** Returns the SQL of a value that was stored as one of this type. A number's text becomes one again, by its column. */
function value(index: number, type: string): string {
  if (type === 'null') return 'NULL'
  const bytes = `ifnull(${VALUE}(${index}), x'')` // a function that gives no bytes gives NULL
  return type === 'blob' ? bytes : `CAST(${bytes} AS TEXT)`
}

/** Explains an error of SQLite at the new file, or of a full disk. Any other one has a code that the caller knows. */
function targetError(error: unknown, path: string, part: string): unknown {
  const code = isFull(error) ? 'ENOSPC' : isTooLong(part, error) ? 'ENAMETOOLONG' : undefined
  if (code !== undefined)
    return permissionError(path, Object.assign(new Error(messageOf(error), {cause: error}), {code}))
  if (systemCode(error) === 'EDQUOT') return permissionError(path, error)
  if (!isOfSqlite(error)) return error
  const refusal = isDiskFailure(error) ? writeError(part) : undefined
  return permissionError(path, refusal && !machineError(refusal) ? refusal : error)
}

/** SQLite has one code for each failed write: the file system says why, such as a quota. The file is removed afterwards. */
function writeError(part: string): unknown {
  try {
    const fd = openOwnFile(part, constants.O_WRONLY | constants.O_APPEND)
    try {
      writeSync(fd, Buffer.alloc(TRIED_BYTES))
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    return error
  }

  return undefined
}

/** Syncs the file before its directory, so that its name never refers to an incomplete file. */
function sync(part: string): void {
  const fd = openOwnFile(part, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
