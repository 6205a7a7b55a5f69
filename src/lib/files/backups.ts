import {lstatSync, readdirSync, renameSync} from 'node:fs'
import {dirname, join} from 'node:path'

import {systemCode} from '../errors.js'
import {BESIDE_DATABASE, requireOwnDirectoryAt} from './own-files.js'
import {removeIfThere} from './remove.js'
import {superfluous} from './thinning.js'

/** Directory of a graph's backups, beside its database. */
const BACKUPS = 'backups'

/** `own`: created by a user. `automatic`: created by the server. `before-restore`: replaced by a restore. */
export type BackupKind = 'automatic' | 'before-restore' | 'own'

/** Backup of a graph: its database at one moment. */
export interface Backup {
  /** `20261124T115903123Z`, with `auto-` or `before-restore-` before it, and `-damaged` behind it. */
  name: string
  path: string
  /** In bytes. */
  size: number
  /** Time of creation, ISO 8601. */
  time: string
  kind: BackupKind
  /** True if a check found damage. */
  damaged: boolean
  /** True if no check has completed yet. `graph restore` checks each backup before it uses it. */
  unchecked: boolean
}

/** Backup with the fields for order and retention. */
export interface BackupFile extends Backup {
  /**
   * Time in its name, in ms since 1970. It determines the order, and is later than the real time if a clock was ahead
   * before.
   */
  stamp: number
}

const PREFIXES: Record<BackupKind, string> = {automatic: 'auto-', 'before-restore': 'before-restore-', own: ''}

/** Times from here on have a year of five digits. */
const END_OF_STAMPS = Date.UTC(9999, 0)

/** Name without its last part. 13 digits are from earlier versions, in ms. */
const NAME = /^(auto-|before-restore-)?(\d{8}T\d{9}Z|(?<=^before-restore-)\d{13})(-damaged|-unchecked)?$/

/** Returns the path of a graph's directory for backups. */
export function backupDirectory(graphDir: string): string {
  return join(graphDir, BACKUPS)
}

/**
 * Chooses the path of a new backup. Its name sorts after all existing names, even if a clock was ahead when those were
 * created.
 */
export function newBackupPath(
  graphDir: string,
  kind: BackupKind,
  now: number,
  state: '-damaged' | '-unchecked' = '-unchecked',
): string {
  let stamp = now
  for (const file of namesIn(backupDirectory(graphDir)))
    stamp = Math.max(stamp, (parseName(withoutSuffix(file))?.stamp ?? 0) + 1)
  return join(backupDirectory(graphDir), `${PREFIXES[kind]}${stampText(stamp)}${state}.sqlite`)
}

/** Returns the name of the database of a log: one that has lost its backup must not be taken for that of the next one. */
function withoutSuffix(file: string): string {
  const suffix = BESIDE_DATABASE.find((one) => file.endsWith(one)) ?? ''
  return file.slice(0, file.length - suffix.length)
}

/** Says that there are so many backups of a graph, one or more, within a message. */
export function backupsThere(count: number): string {
  return count === 1 ? 'there is 1 backup of it' : `there are ${count} backups of it`
}

/** Lists the backups of a graph, newest first. Other files, links and directories are skipped. */
export function listBackups(graphDir: string): BackupFile[] {
  return namesIn(backupDirectory(graphDir))
    .map((file) => backupAt(join(backupDirectory(graphDir), file), file))
    .filter((backup) => backup !== undefined)
    .sort((a, b) => b.stamp - a.stamp || (a.name < b.name ? 1 : -1))
}

/** Returns the public fields of a backup. */
export function publicBackup({damaged, kind, name, path, size, time, unchecked}: BackupFile): Backup {
  return {name, path, size, time, kind, damaged, unchecked}
}

/** Finds a backup by its name, with or without extension, and by its name before it was checked. */
export function findBackup(backups: readonly BackupFile[], given: string): BackupFile | undefined {
  const plain = (name: string) => name.replace(/\.sqlite$/, '').replace(/-(?:damaged|unchecked)$/, '')
  return backups.find(({name}) => plain(name) === plain(given))
}

/** Finds a backup again, which a check may have renamed meanwhile; undefined if it was removed. */
export function findAgain({name, path}: BackupFile): BackupFile | undefined {
  return findBackup(listBackups(dirname(dirname(path))), name)
}

/**
 * Renames a backup according to the result of its check.
 * @returns the renamed backup; undefined if it was removed meanwhile
 */
export function markChecked(backup: BackupFile, ok: boolean): BackupFile | undefined {
  const file = fileName(backup, ok ? '' : '-damaged')
  const path = join(backup.path, '..', file)
  try {
    if (path !== backup.path) {
      if (lstatSync(path, {throwIfNoEntry: false})) return backup // never over a file of another program
      renameSync(backup.path, path)
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }

  return backupAt(path, file)
}

/** Removes a backup, and the log or journal of a database that could not be read. */
export function removeBackup({path}: BackupFile): void {
  removeIfThere(path)
  for (const suffix of BESIDE_DATABASE) removeIfThere(path + suffix)
}

/** Removes automatic backups, and those before a restore, beyond the retention. */
export function thinBackups(graphDir: string): void {
  for (const backup of superfluous(listBackups(graphDir))) removeBackup(backup)
}

/** Returns true for the name of an incomplete copy of a killed process. */
export function isPartOfBackup(file: string): boolean {
  const [name] = /^.+(?=\.sqlite(?:\.[\da-f]{8})?\.part$)/.exec(file) ?? []
  return name !== undefined && NAME.test(name)
}

function fileName({kind, path, stamp}: BackupFile, state: string): string {
  const old = /before-restore-(\d{13})[^/]*$/.exec(path)?.[1]
  return `${PREFIXES[kind]}${old ?? stampText(stamp)}${state}.sqlite`
}

interface ParsedName {
  kind: BackupKind
  name: string
  stamp: number
  state: string
}

function parseName(file: string): ParsedName | undefined {
  if (!file.endsWith('.sqlite')) return undefined
  const [name, prefix = '', text = '', state = ''] = NAME.exec(file.slice(0, -'.sqlite'.length)) ?? []
  const stamp = text.length === 13 ? Number(text) : parseStamp(text)
  const kind = (Object.keys(PREFIXES) as BackupKind[]).find((some) => PREFIXES[some] === prefix)
  if (name === undefined || stamp === undefined || kind === undefined) return undefined
  return {kind, name: prefix + text + (state === '-damaged' ? state : ''), stamp, state}
}

function backupAt(path: string, file: string): BackupFile | undefined {
  const parsed = parseName(file)
  if (!parsed) return undefined
  const stat = lstatSync(path, {throwIfNoEntry: false}) // it may have been removed since
  if (!stat?.isFile()) return undefined
  const {kind, name, stamp, state} = parsed
  // A name that had to sort after those of a clock that was ahead is later than the file.
  const time = new Date(Math.min(stamp, stat.mtimeMs)).toISOString()
  return {
    name,
    path,
    size: stat.size,
    time,
    kind,
    damaged: state === '-damaged',
    unchecked: state === '-unchecked',
    stamp,
  }
}

function stampText(stamp: number): string {
  return new Date(stamp).toISOString().replaceAll(/[-:.]/g, '')
}

/** Parses the time in a name; undefined for a date that does not exist. */
function parseStamp(text: string): number | undefined {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z')
  const stamp = Date.parse(iso)
  return stamp < END_OF_STAMPS && stampText(stamp) === text ? stamp : undefined
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
