import {lstatSync, readdirSync, renameSync, rmSync} from 'node:fs'
import {join} from 'node:path'

import {systemCode} from '../errors.js'
import {requireOwnDirectoryAt} from './own-files.js'
import {superfluous} from './thinning.js'

/** The directory of a graph's backups, beside its database. */
const BACKUPS = 'backups'

/** `own`: a person asked for it. `automatic`: the server made it. `before-restore`: what a restore has replaced. */
export type BackupKind = 'automatic' | 'before-restore' | 'own'

/** A backup of a graph: its database as it was at one moment. */
export interface Backup {
  /** `20261124T115903123Z`, with `auto-` or `before-restore-` before it, and `-damaged` behind it. */
  name: string
  path: string
  /** In bytes. */
  size: number
  /** When it was made, ISO 8601. */
  time: string
  kind: BackupKind
  /** A check has found damage in it. */
  damaged: boolean
}

/** A backup with what its order and retention need. */
export interface BackupFile extends Backup {
  /** No check of it has ended yet. */
  unchecked: boolean
  /** The moment in its name, in ms since 1970. It orders the backups, and is later than the real time after a clock was ahead. */
  stamp: number
}

const PREFIXES: Record<BackupKind, string> = {automatic: 'auto-', 'before-restore': 'before-restore-', own: ''}

/** Moments from here on have a year of five digits. */
const END_OF_STAMPS = Date.UTC(9999, 0)

/** The name without its last part: 13 digits are those of earlier versions, in ms. */
const NAME = /^(auto-|before-restore-)?(\d{8}T\d{9}Z|(?<=^before-restore-)\d{13})(-damaged|-unchecked)?$/

/** Returns the path of a graph's directory for backups. */
export function backupDirectory(graphDir: string): string {
  return join(graphDir, BACKUPS)
}

/**
 * Chooses the path of a new backup. Its name sorts behind every name that is there: the clock may have been ahead when
 * those were made, and what was just made must be the newest.
 */
export function newBackupPath(
  graphDir: string,
  kind: BackupKind,
  now: number,
  state: '-damaged' | '-unchecked' = '-unchecked',
): string {
  let stamp = now
  for (const file of namesIn(backupDirectory(graphDir))) stamp = Math.max(stamp, (parseName(file)?.stamp ?? 0) + 1)
  return join(backupDirectory(graphDir), `${PREFIXES[kind]}${stampText(stamp)}${state}.sqlite`)
}

/** The backups of a graph, newest first. Other files in their directory, links and directories are passed over. */
export function listBackups(graphDir: string): BackupFile[] {
  return namesIn(backupDirectory(graphDir))
    .map((file) => backupAt(join(backupDirectory(graphDir), file), file))
    .filter((backup) => backup !== undefined)
    .sort((a, b) => b.stamp - a.stamp || (a.name < b.name ? 1 : -1))
}

/** A backup as programs are told of it. */
export function publicBackup({damaged, kind, name, path, size, time}: BackupFile): Backup {
  return {name, path, size, time, kind, damaged}
}

/** Finds a backup by its name; with or without its ending, and as it was called before it was checked. */
export function findBackup(backups: readonly BackupFile[], given: string): BackupFile | undefined {
  const plain = (name: string) => name.replace(/\.sqlite$/, '').replace(/-(?:damaged|unchecked)$/, '')
  return backups.find(({name}) => plain(name) === plain(given))
}

/**
 * Gives a backup the name that a check of it has earned.
 * @returns the backup as it is now; undefined when it was removed meanwhile
 */
export function markChecked(backup: BackupFile, ok: boolean): BackupFile | undefined {
  const file = fileName(backup, ok ? '' : '-damaged')
  const path = join(backup.path, '..', file)
  try {
    if (path !== backup.path) {
      if (lstatSync(path, {throwIfNoEntry: false})) return backup // never over what somebody else has put there
      renameSync(backup.path, path)
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }

  return backupAt(path, file)
}

/** Removes a backup, and the log that a database which could not be read was set aside with. */
export function removeBackup({path}: BackupFile): void {
  rmSync(path, {force: true})
  rmSync(`${path}-wal`, {force: true})
}

/** Removes the automatic backups, and those before a restore, that are more than enough. */
export function thinBackups(graphDir: string): void {
  for (const backup of superfluous(listBackups(graphDir))) removeBackup(backup)
}

/** Is this the name of a copy that a killed process has left incomplete? */
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
  if (name === undefined || stamp === undefined) return undefined
  const kind = (Object.keys(PREFIXES) as BackupKind[]).find((some) => PREFIXES[some] === prefix)!
  return {kind, name: prefix + text + (state === '-damaged' ? state : ''), stamp, state}
}

function backupAt(path: string, file: string): BackupFile | undefined {
  const parsed = parseName(file)
  const stat = parsed && lstatSync(path, {throwIfNoEntry: false}) // it may have been removed meanwhile
  if (!stat?.isFile()) return undefined
  const {kind, name, stamp, state} = parsed!
  // A name that had to sort behind those of a clock that was ahead is later than the file.
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

/** The moment that a name tells; undefined for a date that there is not. */
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
