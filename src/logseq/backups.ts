import {readdirSync} from 'node:fs'
import {join} from 'node:path'

import {checkFile, type FileCheck} from '../engine/integrity/whole-file.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import {
  backupDirectory,
  type BackupFile,
  type BackupKind,
  findAgain,
  isPartOfBackup,
  listBackups,
  markChecked,
  newBackupPath,
  thinBackups,
} from '../lib/files/backups.js'
import {makeOwnDirectory} from '../lib/files/own-files.js'
import {removeIfThere} from '../lib/files/remove.js'
import type {Sqlite} from '../lib/sqlite.js'
import {copyGraph} from './copy-graph.js'

/**
 * Makes a backup of an open graph. Nothing may be written meanwhile. It removes no other backup, and counts as unchecked.
 * @param now in ms since 1970
 * @throws as `copyGraph`; then there is no new backup, and all old ones
 */
export function* makeBackup(db: Sqlite, graphDir: string, kind: BackupKind, now: number): CooperativeTask<BackupFile> {
  makeOwnDirectory(backupDirectory(graphDir))
  removeParts(graphDir)
  const path = newBackupPath(graphDir, kind, now)
  yield* copyGraph(db, path)
  const made = listBackups(graphDir).find((backup) => backup.path === path)
  if (!made) throw new Error(`${path} was removed by another program`)
  return made
}

/**
 * Checks a backup, and marks it in its name when it is damaged. Another check may do the same meanwhile.
 * @returns the backup as it is now; as it was if it was removed
 */
export function* checkBackup(
  backup: BackupFile,
  execution: ExecutionContext,
  check: FileCheck = checkFile,
): CooperativeTask<BackupFile> {
  for (let current = backup; ;) {
    try {
      const {ok} = yield* check(current.path, execution)
      return markChecked(current, ok) ?? findAgain(backup) ?? backup
    } catch (error) {
      const found = findAgain(backup)
      if (!found?.unchecked) return found ?? backup
      if (found.path === current.path) throw error
      current = found
    }
  }
}

/**
 * Checks the backups that no check has ended for, then removes those that are more than enough. In this order: a damaged
 * copy must not take the place of a good one.
 */
export function* reviewBackups(
  graphDir: string,
  execution: ExecutionContext,
  check: FileCheck = checkFile,
): CooperativeTask<void> {
  for (const backup of listBackups(graphDir)) if (backup.unchecked) yield* checkBackup(backup, execution, check)
  thinBackups(graphDir)
}

/** Removes incomplete copies of a killed server. Other files with that suffix may belong to another program. */
function removeParts(graphDir: string): void {
  const dir = backupDirectory(graphDir)
  for (const entry of readdirSync(dir, {withFileTypes: true}))
    if (entry.isFile() && isPartOfBackup(entry.name)) removeIfThere(join(dir, entry.name))
}
