import {randomUUID} from 'node:crypto'

import {collectGarbage} from '../../engine/storage/garbage.js'
import {KvsStore} from '../../engine/storage/kvs-store.js'
import {CREATE_KVS} from '../../engine/storage/shape.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {messageOf, ServerError} from '../../lib/errors.js'
import {createOwnFile} from '../../lib/files/own-files.js'
import {openSqlite, type Sqlite} from '../../lib/sqlite.js'
import {Uuid} from '../../values/scalars.js'
import {Connection, type ConnectionHooks} from '../connection.js'
import {buildImport} from '../import/import.js'
import {type ExportFile, readExport} from '../import/read-export.js'
import {ImportRefused} from '../import/refusal.js'
import {judgedGraphOf} from '../import/whole-graph.js'
import {createFromTemplate} from '../new-graph/create-from-template.js'
import type {Verdict} from '../validity/judge.js'
import {findingsOf} from '../validity/report.js'

/** A file of EDN that is made a database. */
export interface EdnSource {
  /** Also make a graph with entities that Logseq would not accept. */
  force: boolean
  /** Name of the source in messages. */
  name: string
  path: string
}

/** Few nodes are read twice. */
const CACHE_DATOMS = 10_000

/** Hooks of a connection to a file of this process alone, which has nothing to lose. */
const ALONE: ConnectionHooks = {
  assertOwnership() {},
  *backUp() {},
  damage: () => undefined,
  markSearchStale() {},
}

/**
 * Makes a database file of a graph from a file of EDN.
 * @param target a new file; an incomplete one may be left after an error
 * @returns how many entities Logseq would not accept
 * @throws ServerError `usage` for a file that is not an export, `graph-not-valid` for an export that cannot be imported
 */
export function* makeDatabase(source: EdnSource, target: string, execution: ExecutionContext): CooperativeTask<number> {
  const file = yield* understood(source, readExport(source.path, execution))
  createOwnFile(target, '', false)
  const db = openSqlite(target)
  try {
    db.exec(CREATE_KVS)
    createFromTemplate(db, {now: Date.now(), uuid: randomUUID()})
    return yield* fill(db, source, file, execution)
  } finally {
    db.close()
  }
}

function* fill(
  db: Sqlite,
  source: EdnSource,
  {facts, map}: ExportFile,
  execution: ExecutionContext,
): CooperativeTask<number> {
  const kvs = new KvsStore(db, {cacheDatoms: CACHE_DATOMS})
  const connection = Connection.open(kvs, ALONE)
  if (!facts) {
    const making = {now: Date.now(), uuid: () => new Uuid(randomUUID())}
    const {txData} = yield* built(source, buildImport(connection.db, map, making, execution))
    yield* accepted(source, connection.transact(txData, execution))
    return 0
  }

  let invalid = 0
  yield* accepted(
    source,
    connection.replace(function* (before, empty) {
      const {graph, verdicts} = yield* judgedGraphOf(facts, before, empty, execution)
      if (verdicts.length > 0 && !source.force) throw invalidEntities(source, verdicts)
      invalid = verdicts.length
      return graph
    }, execution),
  )
  yield* collectGarbage(db, kvs, execution) // the facts of the new graph whose place was taken
  return invalid
}

/** Runs a step that reads the file. */
function* understood<T>({name, path}: EdnSource, step: CooperativeTask<T>): CooperativeTask<T> {
  try {
    return yield* step
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error
    throw new ServerError('usage', `${name} is not an EDN export: ${error.message}`, {
      details: {file: path},
      hint: 'Name a whole file that this program or Logseq exported, or a database file. No graph was created.',
    })
  }
}

/** Runs a step that works out what a part of a graph comes to in this one. */
function* built<T>({name, path}: EdnSource, step: CooperativeTask<T>): CooperativeTask<T> {
  try {
    return yield* step
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error
    if (error.isAnswer) throw notValid(name, error.message, {file: path})
    throw new ServerError('invalid-arguments', `${name} cannot be imported: ${error.message}`, {
      details: {file: path},
      hint: 'No graph was created. Correct the file, or export it again.',
    })
  }
}

/** Runs a step that puts into the graph what the file says. */
function* accepted<T>({name, path}: EdnSource, step: CooperativeTask<T>): CooperativeTask<T> {
  try {
    return yield* step
  } catch (error) {
    if (!(error instanceof ServerError) || !REFUSALS.has(error.code)) throw error
    const {faults} = error.details
    throw notValid(name, messageOf(error), {file: path, ...(faults !== undefined && {faults})})
  }
}

/** Error codes of the graph for data that it does not take. */
const REFUSALS = new Set(['graph-invalid', 'invalid-entity-id', 'invalid-transaction'])

/** So many faults are in an error. */
const SHOWN = 20

function invalidEntities({name, path}: EdnSource, verdicts: readonly Verdict[]): ServerError {
  const faults = findingsOf(verdicts)
  const {attribute, entity, kind, rule} = faults[0]!
  const example = `entity ${entity} (${kind}): ${attribute} ${rule}`
  const {details, message} = notValid(name, `${verdicts.length} of its entities break Logseq’s rules; ${example}`, {
    file: path,
    faults: faults.slice(0, SHOWN),
  })
  return new ServerError('graph-not-valid', message, {
    details,
    hint: 'Repair them in the graph that it was exported from, or import it as it is: `logseq COMMAND --force`.',
  })
}

function notValid(name: string, why: string, details: Record<string, unknown>): ServerError {
  return new ServerError('graph-not-valid', `${name} cannot be imported: ${why}`, {
    details,
    hint: 'No graph was created. Repair the graph that it was exported from, then export it again.',
  })
}
