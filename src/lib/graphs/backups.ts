import {lstatSync, readdirSync} from 'node:fs'
import {join} from 'node:path'

import {systemCode} from '../errors.js'
import {requireOwnDirectoryAt} from './own-files.js'

/** The directory of a graph's backups, beside its database. */
const BACKUPS = 'backups'

/** A backup of a graph: its database as it was at one moment. */
export interface Backup {
  /** `20261124T115903123Z`: when it was made, in UTC. Later ones sort behind earlier ones. */
  name: string
  path: string
  /** In bytes. */
  size: number
  /** When it was made, ISO 8601. */
  time: string
}

export function backupDirectory(graphDir: string): string {
  return join(graphDir, BACKUPS)
}

/** The path of a backup that is made at a moment. */
export function backupPath(graphDir: string, at: Date): string {
  return join(backupDirectory(graphDir), `${at.toISOString().replaceAll(/[-:.]/g, '')}.sqlite`)
}

/** The backups of a graph, newest first. Other files in their directory are passed over. */
export function listBackups(graphDir: string): Backup[] {
  return namesIn(backupDirectory(graphDir))
    .map((file) => backupOf(graphDir, file))
    .filter((backup) => backup !== undefined)
    .sort((a, b) => (a.name < b.name ? 1 : -1))
}

const NAME = /^((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z)\.sqlite$/

function backupOf(graphDir: string, file: string): Backup | undefined {
  const [, name, year, month, day, hours, minutes, seconds, ms] = NAME.exec(file) ?? []
  if (name === undefined) return undefined
  const path = join(backupDirectory(graphDir), file)
  const stat = lstatSync(path, {throwIfNoEntry: false}) // it may have been removed meanwhile; a link is not followed
  return stat?.isFile()
    ? {name, path, size: stat.size, time: `${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${ms}Z`}
    : undefined
}

function namesIn(dir: string): string[] {
  requireOwnDirectoryAt(dir)
  try {
    return readdirSync(dir)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}
