import {join} from 'node:path'

import {listBackups} from '../files/backups.js'
import {DATABASE} from '../files/names.js'
import type {Operation} from '../lifecycle/operation.js'
import {readIds} from './closed-files.js'
import type {Source} from './incoming.js'

type Ids = ReadonlyMap<string, string>

/**
 * Warns if a source is from another graph than the one that it will replace. Each graph has an ID from its creation, and another one
 * from its first synchronisation.
 * @returns undefined if it is from this graph, or an ID is missing
 */
export async function otherGraphWarning(op: Operation, source: Source): Promise<string | undefined> {
  const theirs = await idsOf(source.path)
  const ours = theirs && (await currentIds(op, theirs))
  const common = [...(ours ?? [])].filter(([name]) => theirs?.has(name))
  const other = common.every(([name, id]) => theirs?.get(name) !== id) ? common[0] : undefined
  if (!other) return undefined
  const [name, id] = other
  return `${source.name} is from another graph: expected one with the ID ${id}, got ${theirs?.get(name)}`
}

/** Reads the IDs of the graph, or, if its database is damaged, those of its backups. */
async function currentIds({graph: {dir}, signal}: Operation, theirs: Ids): Promise<Ids | undefined> {
  const backups = listBackups(dir).filter(({damaged}) => !damaged)
  for (const path of [join(dir, DATABASE), ...backups.map((backup) => backup.path)]) {
    signal?.throwIfAborted()
    const ids = await idsOf(path)
    if ([...(ids ?? [])].some(([name]) => theirs.has(name))) return ids
  }

  return undefined
}

/** @returns undefined for a file that cannot be read */
async function idsOf(path: string): Promise<Ids | undefined> {
  try {
    return await readIds(path)
  } catch {
    return undefined // the check of the source reports its damage, and that of the graph is what the restore is for
  }
}
