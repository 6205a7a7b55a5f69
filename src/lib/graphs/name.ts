import {ServerError} from '../errors.js'
import {quoted} from '../quoted.js'
import {requireText} from '../require-argument.js'

/** Prefix of a graph's internal ID in Logseq; the name follows. */
export const REPO_PREFIX = 'logseq_db_'

/**
 * Maximum length of a file name on common file systems (ext4, APFS and NTFS allow 255; bytes is the strictest unit).
 */
const MAX_NAME_BYTES = 255

/** Maximum length of a given name with blanks and prefix, in characters. */
const MAX_GIVEN = 1000

/** Reserved names: Logseq does not list a directory with such a name as a graph. */
const RESERVED = new Set(['backup', 'Unlinked graphs'])

/** Names of a graph: `repo` for programs, `name` for users. */
export interface GraphName {
  name: string
  repo: string
}

/**
 * Parses the name of a graph. `demo` and `logseq_db_demo` are the same graph.
 * @throws ServerError `invalid-graph-name` for a name that cannot have a directory of its own; `usage` if it is not a text
 */
export function parseGraphName(given: string): GraphName {
  requireText({repo: given}, 'repo')
  const refuse = (why: string): never => {
    throw new ServerError('invalid-graph-name', `${quoted(given)} is not a valid graph name: ${why}`, {
      details: {repo: given.slice(0, MAX_GIVEN)},
    })
  }

  if (given.length > MAX_GIVEN) refuse(`it has ${given.length} characters`)
  const name = nameOf(given.trim())
  if (name === '') refuse('it is empty')
  if (name === '.' || name === '..') refuse('it means a directory that is not in the data directory')
  if (name.includes('\uFFFD') || !name.isWellFormed()) refuse('it contains an unreadable character')
  if (name.includes('\0')) refuse('it contains a NUL character')
  if (Buffer.byteLength(encodeGraphDir(name)) > MAX_NAME_BYTES)
    refuse(`its directory name would be longer than ${MAX_NAME_BYTES} bytes`)
  return {name, repo: REPO_PREFIX + name}
}

/** Returns the name of a graph from its name or internal ID. */
function nameOf(repo: string): string {
  return repo.startsWith(REPO_PREFIX) ? repo.slice(REPO_PREFIX.length) : repo
}

/** Returns true if two names mean the same graph: some programs use the prefix, some do not. */
export function isSameRepo(a: string, b: string): boolean {
  return nameOf(a) === nameOf(b)
}

/** Returns why Logseq would not list a graph with this name, or undefined. */
export function reservedReason(name: string): string | undefined {
  if (RESERVED.has(name) || name.startsWith('logseq_local_')) return 'Logseq reserves that name'
  if (name.startsWith(REPO_PREFIX)) return `Logseq does not list a graph whose name starts with ${REPO_PREFIX}`
  return undefined
}

/** Returns the directory name that Logseq writes today: percent-encoded with `~` for `%`, with spaces. */
export function encodeGraphDir(name: string): string {
  return olderGraphDir(name).replaceAll('~20', ' ')
}

/** Returns the directory name that Logseq wrote until March 2026: spaces are encoded too. */
export function olderGraphDir(name: string): string {
  return encodeURIComponent(name).replaceAll('~', '%7E').replaceAll('%', '~')
}

/** Returns the spellings of a graph's directory name, today's first. */
export function spellings(name: string): string[] {
  return [...new Set([encodeGraphDir(name), olderGraphDir(name)])]
}

/** Returns the same for a name from another program; empty if it cannot have a directory. */
export function spellingsOf(repo: string): string[] {
  if (repo.length > MAX_GIVEN) return []
  const name = nameOf(repo)
  return ['', '.', '..'].includes(name) || !name.isWellFormed() ? [] : spellings(name)
}

/**
 * Returns the graph's name from a directory name, or undefined if no graph is stored under it: text that does not
 * decode, a spelling that Logseq never wrote, or a name that Logseq does not list.
 */
export function decodeGraphDir(dirName: string): string | undefined {
  let name: string
  try {
    name = decodeURIComponent(dirName.replaceAll('%', '%25').replaceAll('~', '%'))
  } catch {
    return undefined // not an encoded name but some other directory
  }

  if (reservedReason(name) !== undefined || !canBeAskedFor(name)) return undefined
  return dirName === encodeGraphDir(name) || dirName === olderGraphDir(name) ? name : undefined
}

/** Returns true if a name can be given on a command line. False for a name with a NUL character or a trailing space. */
function canBeAskedFor(name: string): boolean {
  try {
    return parseGraphName(REPO_PREFIX + name).name === name
  } catch {
    return false // the reason is for a user's input; a directory is only skipped
  }
}
