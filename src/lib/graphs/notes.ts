import {lstatSync, readdirSync} from 'node:fs'
import {join} from 'node:path'

import {ServerError} from '../errors.js'
import {DATABASE} from '../files/names.js'
import type {GraphName} from './name.js'

/** Entries of a Markdown or Org graph, of Logseq or another program for notes. */
const NOTES = /^(?:logseq|pages|journals|whiteboards|\.obsidian)$|\.(?:md|markdown|org)$/i

/** Maximum number of entries in a message. */
const NAMED = 3

/**
 * Explains that a directory without a database, or with an empty one, is a graph of notes.
 * @returns undefined if it is not, or does not exist
 */
export function notesError(name: GraphName, dir: string): ServerError | undefined {
  const notes = notesIn(dir)
  return notes.length === 0 ? undefined : refusal(name, dir, `is a graph of Markdown or Org files (${some(notes)})`)
}

/** Returns true if a directory has entries of a Markdown or Org graph. */
export function holdsNotes(dir: string): boolean {
  return notesIn(dir).length > 0
}

function notesIn(dir: string): string[] {
  return namesIn(dir).filter((entry) => NOTES.test(entry))
}

/** Returns true for a data directory that is a graph of notes: no graph is created among them. */
export function isNotesDataDir(dataDir: string): boolean {
  const holds = (entry: string, file = '.') =>
    isThere(join(dataDir, entry, file)) && !isThere(join(dataDir, entry, DATABASE))
  return holds('logseq', 'config.edn') || (holds('pages') && holds('journals'))
}

/** Same as `notesError` for a data directory: a graph in it would be created among the notes. */
export function notesDataDirError(name: GraphName, dataDir: string): ServerError | undefined {
  if (!isNotesDataDir(dataDir)) return undefined
  return new ServerError('not-a-db-graph', `The data directory ${dataDir} is a graph of Markdown or Org files`, {
    details: {graph: name.name, repo: name.repo, dir: dataDir},
    hint: 'Name the directory that holds the DB graphs with --data-dir DIR. Nothing was written.',
  })
}

function refusal({name, repo}: GraphName, dir: string, what: string): ServerError {
  return new ServerError(
    'not-a-db-graph',
    `${JSON.stringify(name)} is not a DB graph: ${dir} ${what}, without a database`,
    {
      details: {graph: name, repo, dir},
    },
  )
}

function some(names: readonly string[]): string {
  return names.length > NAMED ? `${names.slice(0, NAMED).join(', ')}, ...` : names.join(', ')
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, {throwIfNoEntry: false}) !== undefined
  } catch {
    return false // a path below a file, or an inaccessible one: no notes found
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort()
  } catch {
    return [] // missing or unreadable: the caller's error says what matters
  }
}
