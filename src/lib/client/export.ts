import {statSync} from 'node:fs'

import {ServerError} from '../errors.js'
import {removeIfThere} from '../files/remove.js'
import {writeExport} from '../graph-operations/closed-files.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {requireText} from '../require-argument.js'
import {copyError} from './destination-errors.js'
import {type Destination, giveName, partOf, pathForServer} from './destination-names.js'
import {requireDestination} from './destination.js'
import {MethodClient} from './method-client.js'

/** `sqlite`: a database as Logseq stores it. `edn`: Logseq's EDN export. `datoms`: every fact as text. */
export type ExportFormat = 'datoms' | 'edn' | 'sqlite'

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
 * @throws ServerError `file-exists`; `usage` if the directory does not exist or the file may not be written or replaced;
 * `data-dir-permission` or `disk-full` if it cannot be written; ...
 */
export async function exportGraph(options: ExportOptions): Promise<ExportResult> {
  for (const name of ['repo', 'file']) requireText(options, name)
  const {format} = options
  const destination = requireDestination(options.file, options.overwrite ?? false, format === 'sqlite')
  const {file, path} = destination
  const client = new MethodClient(options)
  try {
    const {graph, repo} = client
    options.report?.progress(`Copying ${graph} to ${file}`)
    await WRITERS[format](client, destination, options)
    return {graph, repo, file, format, size: statSync(path).size}
  } finally {
    client.close()
  }
}

/** Lets the server copy its database to a new file. An export starts a server if none runs. */
async function copyByServer(
  client: MethodClient,
  path: string,
  {queryTimeoutMs, signal}: ExportOptions,
): Promise<void> {
  try {
    await client.invoke('backup-db-sqlite', [path], {queryTimeoutMs, ...(signal && {signal})})
  } catch (error) {
    throw withHintOfStart(error)
  }
}

/** Corrects the hint of a start: `--force` of an export concerns its file, and a start is forced by a separate command. */
function withHintOfStart(error: unknown): unknown {
  if (!(error instanceof ServerError) || !error.hint.includes('COMMAND --force')) return error
  const hint = error.hint.replace('COMMAND --force', 'server start --force')
  return new ServerError(error.code, error.message, {cause: error, details: error.details, hint})
}

/**
 * Copies the database. The server writes a new file directly; a replaced file stays intact until the copy is complete.
 */
async function copyDatabase(client: MethodClient, destination: Destination, options: ExportOptions): Promise<void> {
  const path = pathForServer(destination)
  try {
    await copyByServer(client, path, options)
    giveName(path, destination)
  } catch (error) {
    if (path !== destination.path) removeIfThere(path)
    throw copyError(error, destination)
  }
}

/** Writes text from a copy of the database, so that the server is soon free again, and no graph is in memory as a whole. */
async function writeText(
  client: MethodClient,
  destination: Destination,
  format: 'datoms' | 'edn',
  options: ExportOptions,
): Promise<void> {
  const copy = partOf(destination)
  const text = partOf(destination)
  try {
    await copyByServer(client, copy, options)
    await writeExport(copy, text, format, options.signal)
    giveName(text, destination)
  } catch (error) {
    throw copyError(error, destination)
  } finally {
    for (const path of [copy, text]) removeIfThere(path)
  }
}

const WRITERS: Readonly<
  Record<ExportFormat, (client: MethodClient, destination: Destination, options: ExportOptions) => Promise<void>>
> = {
  datoms: (client, destination, options) => writeText(client, destination, 'datoms', options),
  edn: (client, destination, options) => writeText(client, destination, 'edn', options),
  sqlite: copyDatabase,
}
