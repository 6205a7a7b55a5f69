import {randomUUID} from 'node:crypto'
import {existsSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {dirname, resolve} from 'node:path'

import {writeEdn} from '../../values/edn-write.js'
import {keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {ServerError} from '../errors.js'
import {permissionError} from '../graphs/data-dir.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {Client} from './client.js'

/** `sqlite`: a database as Logseq itself keeps it. `edn`: every fact as text. */
type ExportFormat = 'edn' | 'sqlite'

/** What an export is told. */
export interface ExportOptions extends StartOptions {
  /** A file that is not there yet. */
  file: string
  format: ExportFormat
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
 * @throws ServerError `usage` when the file is there already, or its directory is not; `data-dir-permission` or
 *   `disk-full` when it cannot be written; ...
 */
export async function exportGraph(options: ExportOptions): Promise<ExportResult> {
  const {format} = options
  const file = resolve(options.file)
  if (existsSync(file)) {
    throw new ServerError('usage', `${file} is there already`, {
      details: {file},
      hint: 'Name a file that is not there yet, or remove it first.',
    })
  }

  if (!existsSync(dirname(file))) {
    throw new ServerError('usage', `There is no directory ${dirname(file)}`, {
      details: {file},
      hint: 'Make the directory first, or name a file in another one.',
    })
  }

  const client = new Client(options)
  try {
    const {graph, repo} = client
    options.report?.progress(`Copying ${graph} to ${file}`)
    await (format === 'sqlite' ? copyDatabase(client, file, options) : writeFacts(client, file, options))
    return {graph, repo, file, format, size: statSync(file).size}
  } finally {
    client.close()
  }
}

async function copyDatabase(client: Client, file: string, {queryTimeoutMs, signal}: ExportOptions): Promise<void> {
  await client.invoke('backup-db-sqlite', [file], {queryTimeoutMs, ...(signal && {signal})})
}

/** One fact a line, so that other programs can work on it, and that two exports can be compared. */
async function writeFacts(client: Client, file: string, {queryTimeoutMs, signal}: ExportOptions): Promise<void> {
  const options = {queryTimeoutMs, ...(signal && {signal})}
  const datoms = (await client.invoke('datoms', [keyword('eavt')], options)) as List
  const opened = (await client.invoke('create-or-open-db', [], options)) as ValueMap
  const facts = datoms.items.map((datom) => writeEdn((datom as readonly Value[]).slice(0, 4)))
  const schema = writeEdn(opened.get(keyword('schema')) ?? null)
  const part = `${file}.${randomUUID().slice(0, 8)}.part` // one that a killed export has left is in nobody’s way
  try {
    writeFileSync(part, `{:schema ${schema}\n :datoms [${facts.join('\n  ')}]}\n`, {flag: 'wx', mode: 0o600})
    renameSync(part, file)
  } catch (error) {
    rmSync(part, {force: true})
    throw permissionError(file, error)
  }
}
