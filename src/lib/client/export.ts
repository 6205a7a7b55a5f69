import {randomUUID} from 'node:crypto'
import {existsSync, lstatSync, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync} from 'node:fs'
import {dirname, join, resolve} from 'node:path'

import {writeEdn} from '../../values/edn-write.js'
import {keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {ServerError} from '../errors.js'
import {permissionError} from '../graphs/data-dir.js'
import {DATABASE} from '../graphs/files.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {Client} from './client.js'

/** `sqlite`: a database as Logseq itself keeps it. `edn`: every fact as text. */
type ExportFormat = 'edn' | 'sqlite'

/** What an export is told. */
export interface ExportOptions extends StartOptions {
  file: string
  format: ExportFormat
  /** Replace the file when it is there. */
  overwrite?: boolean
  queryTimeoutMs?: number
}

export interface ExportResult {
  graph: string
  repo: string
  file: string
  format: ExportFormat
  /** In bytes. */
  size: number
}

/**
 * Copies a graph, as it is at one moment, into a file.
 * @throws ServerError `file-exists`; `usage` when its directory is not there, or the file is not to be replaced;
 *   `data-dir-permission` or `disk-full` when it cannot be written; ...
 */
export async function exportGraph(options: ExportOptions): Promise<ExportResult> {
  const {format} = options
  const file = resolve(options.file)
  if (!existsSync(dirname(file))) {
    throw new ServerError('usage', `There is no directory ${dirname(file)}`, {
      details: {file},
      hint: 'Make the directory first, or name a file in another one.',
    })
  }

  const there = look(file)
  if (there?.isDirectory()) {
    throw new ServerError('usage', `${file} is a directory`, {
      details: {file},
      hint: 'Name a file in it, or another one.',
    })
  }

  if (there && !options.overwrite) throw new ServerError('file-exists', `${file} is there already`, {details: {file}})
  if (there) requireReplaceable(file, there)
  const client = new Client(options)
  try {
    const {graph, repo} = client
    options.report?.progress(`Copying ${graph} to ${file}`)
    await (format === 'sqlite' ? copyDatabase(client, file, options) : writeFacts(client, file, options))
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

/** Refuses to replace what an export cannot have made, and above all the database or a backup of a graph. */
function requireReplaceable(file: string, there: Stats): void {
  const refuse = (why: string): never => {
    throw new ServerError('usage', `${file} is not replaced: ${why}`, {details: {file}, hint: 'Name another file.'})
  }

  if (!there.isFile() && !there.isSymbolicLink()) refuse('it is not a file')
  for (let dir = realpathSync(dirname(file)); dir !== dirname(dir); dir = dirname(dir))
    if (existsSync(join(dir, DATABASE))) refuse(`it belongs to the graph in ${dir}`)
}

/** `--force` of an export is about its file: a start is forced by a command of its own. */
function withHintOfStart(error: unknown): unknown {
  if (!(error instanceof ServerError) || !error.hint.includes('COMMAND --force')) return error
  const hint = error.hint.replace('COMMAND --force', 'server start --force')
  return new ServerError(error.code, error.message, {cause: error, details: error.details, hint})
}

/** A path beside a file, which a killed export may leave and which is in nobody’s way. */
function partOf(file: string): string {
  return `${file}.${randomUUID().slice(0, 8)}.part`
}

/** A new file is made by the server itself; one that is replaced stays whole until the new one is. */
async function copyDatabase(client: Client, file: string, options: ExportOptions): Promise<void> {
  const {overwrite = false, queryTimeoutMs, signal} = options
  const path = overwrite ? partOf(file) : file
  try {
    await client.invoke('backup-db-sqlite', [path], {queryTimeoutMs, ...(signal && {signal})})
    if (overwrite) renameSync(path, file)
  } catch (error) {
    if (overwrite) rmSync(path, {force: true})
    throw error instanceof ServerError ? error : permissionError(file, error)
  }
}

/** One fact a line, so that other programs can work on it, and that two exports can be compared. */
async function writeFacts(client: Client, file: string, {queryTimeoutMs, signal}: ExportOptions): Promise<void> {
  const options = {queryTimeoutMs, ...(signal && {signal})}
  const datoms = (await client.invoke('datoms', [keyword('eavt')], options)) as List
  const opened = (await client.invoke('create-or-open-db', [], options)) as ValueMap
  const facts = datoms.items.map((datom) => writeEdn((datom as readonly Value[]).slice(0, 4)))
  const schema = writeEdn(opened.get(keyword('schema')) ?? null)
  const part = partOf(file)
  try {
    writeFileSync(part, `{:schema ${schema}\n :datoms [${facts.join('\n  ')}]}\n`, {flag: 'wx', mode: 0o600})
    renameSync(part, file)
  } catch (error) {
    rmSync(part, {force: true})
    throw permissionError(file, error)
  }
}
