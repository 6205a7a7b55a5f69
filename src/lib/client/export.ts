import {randomUUID} from 'node:crypto'
import {existsSync, lstatSync, realpathSync, renameSync, type Stats, statSync} from 'node:fs'
import {dirname, join, resolve} from 'node:path'

import {ServerError} from '../errors.js'
import {permissionError} from '../files/file-error.js'
import {DATABASE} from '../files/names.js'
import {removeIfThere} from '../files/remove.js'
import {writeExport} from '../lifecycle/closed-files.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {requireText} from '../require-argument.js'
import {MethodClient} from './method-client.js'

/** `sqlite`: a database as Logseq stores it. `edn`: Logseq's EDN export. `datoms`: every fact as text. */
type ExportFormat = 'datoms' | 'edn' | 'sqlite'

/** Options of an export. */
export interface ExportOptions extends StartOptions {
  file: string
  format: ExportFormat
  /** Replace the file if it exists. */
  overwrite?: boolean
  queryTimeoutMs?: number
}

/** Result of an export. */
export interface ExportResult {
  graph: string
  repo: string
  file: string
  format: ExportFormat
  /** In bytes. */
  size: number
}

/**
 * Copies a snapshot of a graph to a file.
 * @throws ServerError `file-exists`; `usage` if the directory does not exist or the file may not be replaced;
 * `data-dir-permission` or `disk-full` if it cannot be written; ...
 */
export async function exportGraph(options: ExportOptions): Promise<ExportResult> {
  for (const name of ['repo', 'file']) requireText(options, name)
  const {format} = options
  const file = resolve(options.file)
  if (!existsSync(dirname(file))) {
    throw new ServerError('usage', `Directory ${dirname(file)} does not exist`, {
      details: {file},
      hint: 'Create the directory first, or choose another path.',
    })
  }

  const there = look(file)
  if (there?.isDirectory()) {
    throw new ServerError('usage', `${file} is a directory`, {
      details: {file},
      hint: 'Name a file in it, or choose another path.',
    })
  }

  if (there && !options.overwrite) throw new ServerError('file-exists', `${file} already exists`, {details: {file}})
  if (there) requireReplaceable(file, there)
  const client = new MethodClient(options)
  try {
    const {graph, repo} = client
    options.report?.progress(`Copying ${graph} to ${file}`)
    await WRITERS[format](client, file, options)
    return {graph, repo, file, format, size: statSync(file).size}
  } catch (error) {
    throw withHintOfStart(error)
  } finally {
    client.close()
  }
}

function look(file: string): Stats | undefined {
  try {
    return lstatSync(file, {throwIfNoEntry: false})
  } catch (error) {
    throw permissionError(file, error)
  }
}

/** Refuses to replace a file that is not an export, above all the database or a backup of a graph. */
function requireReplaceable(file: string, there: Stats): void {
  const refuse = (why: string): never => {
    throw new ServerError('usage', `Refusing to replace ${file}: ${why}`, {details: {file}, hint: 'Name another file.'})
  }

  if (!there.isFile() && !there.isSymbolicLink()) refuse('it is not a regular file')
  for (let dir = realpathSync(dirname(file)); dir !== dirname(dir); dir = dirname(dir))
    if (existsSync(join(dir, DATABASE))) refuse(`it belongs to the graph in ${dir}`)
}

/** Adds a hint: `--force` of an export concerns its file, and a start is forced by a separate command. */
function withHintOfStart(error: unknown): unknown {
  if (!(error instanceof ServerError) || !error.hint.includes('COMMAND --force')) return error
  const hint = error.hint.replace('COMMAND --force', 'server start --force')
  return new ServerError(error.code, error.message, {cause: error, details: error.details, hint})
}

/** Returns a temporary path beside a file; a killed export leaves it. */
function partOf(file: string): string {
  return `${file}.${randomUUID().slice(0, 8)}.part`
}

/**
 * Copies the database. The server writes a new file directly; a replaced file stays intact until the copy is complete.
 */
async function copyDatabase(client: MethodClient, file: string, options: ExportOptions): Promise<void> {
  const {overwrite = false, queryTimeoutMs, signal} = options
  const path = overwrite ? partOf(file) : file
  try {
    await client.invoke('backup-db-sqlite', [path], {queryTimeoutMs, ...(signal && {signal})})
    if (overwrite) renameSync(path, file)
  } catch (error) {
    if (overwrite) removeIfThere(path)
    throw error instanceof ServerError ? error : permissionError(file, error)
  }
}

/** Writes text from a copy of the database, so that the server is soon free again, and no graph is in memory as a whole. */
async function writeText(
  client: MethodClient,
  file: string,
  format: 'datoms' | 'edn',
  {queryTimeoutMs, signal}: ExportOptions,
): Promise<void> {
  const copy = partOf(file)
  const text = partOf(file)
  try {
    await client.invoke('backup-db-sqlite', [copy], {queryTimeoutMs, ...(signal && {signal})})
    await writeExport(copy, text, format, signal)
    renameSync(text, file)
  } catch (error) {
    throw error instanceof ServerError ? error : permissionError(file, error)
  } finally {
    for (const path of [copy, text]) removeIfThere(path)
  }
}

const WRITERS: Readonly<
  Record<ExportFormat, (client: MethodClient, file: string, options: ExportOptions) => Promise<void>>
> = {
  datoms: (client, file, options) => writeText(client, file, 'datoms', options),
  edn: (client, file, options) => writeText(client, file, 'edn', options),
  sqlite: copyDatabase,
}
