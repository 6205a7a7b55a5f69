import {ServerError} from '../errors.js'
import {quoted} from '../quoted.js'

/** Logseq's internal id of a graph is this prefix and the graph's name. */
export const REPO_PREFIX = 'logseq_db_'

/** Longest file name on the common file systems (ext4, APFS, NTFS count 255; bytes is the strictest reading). */
const MAX_NAME_BYTES = 255

/** Nothing longer than this is looked at: blanks around it, the prefix, and a name that is too long anyway, in characters. */
const MAX_GIVEN = 1000

/** Names that Logseq keeps for itself: it never lists a directory of that name as a graph. */
const RESERVED = new Set(['backup', 'Unlinked graphs'])

/** What a graph is called: `repo` as programs say it, `name` as people say it. */
export interface GraphName {
  name: string
  repo: string
}

/**
 * Reads a graph's name as a person or a program gives it. `demo` and `logseq_db_demo` are the same graph.
 * @throws ServerError `invalid-graph-name` for a name that can have no directory of its own
 */
export function parseGraphName(given: string): GraphName {
  const refuse = (why: string): never => {
    throw new ServerError('invalid-graph-name', `${quoted(given)} cannot name a graph: ${why}`, {
      details: {repo: given.slice(0, MAX_GIVEN)},
    })
  }

  if (given.length > MAX_GIVEN) refuse(`it has ${given.length} characters`)
  const name = nameOf(given.trim())
  if (name === '') refuse('it is empty')
  if (name === '.' || name === '..') refuse('it would be a directory outside the graph’s own')
  if (name.includes('\uFFFD') || !name.isWellFormed()) refuse('it holds a character that could not be read')
  if (name.includes('\0')) refuse('it holds a NUL character')
  if (Buffer.byteLength(encodeGraphDir(name)) > MAX_NAME_BYTES)
    refuse(`its directory name would be longer than ${MAX_NAME_BYTES} bytes`)
  return {name, repo: REPO_PREFIX + name}
}

/** The name of a graph, of which a program may have said the id. */
function nameOf(repo: string): string {
  return repo.startsWith(REPO_PREFIX) ? repo.slice(REPO_PREFIX.length) : repo
}

/** Do two programs mean the same graph? Some name it with the prefix, some without. */
export function isSameRepo(a: string, b: string): boolean {
  return nameOf(a) === nameOf(b)
}

/** Why Logseq would never list a graph of this name, or undefined when it would. */
export function reservedReason(name: string): string | undefined {
  if (RESERVED.has(name) || name.startsWith('logseq_local_')) return 'Logseq keeps that name for itself'
  if (name.startsWith(REPO_PREFIX)) return `Logseq does not list a graph whose name begins with ${REPO_PREFIX}`
  return undefined
}

/** The directory name of a graph as Logseq writes it today: percent-encoded with `~` for `%`, spaces kept. */
export function encodeGraphDir(name: string): string {
  return olderGraphDir(name).replaceAll('~20', ' ')
}

/** The same as Logseq wrote it until March 2026: spaces encoded too. */
export function olderGraphDir(name: string): string {
  return encodeURIComponent(name).replaceAll('~', '%7E').replaceAll('%', '~')
}

/** Every spelling of a graph's directory name, today's first. */
export function spellings(name: string): string[] {
  return [...new Set([encodeGraphDir(name), olderGraphDir(name)])]
}

/** The same for whatever another program has called a graph: none for what can have no directory. */
export function spellingsOf(repo: string): string[] {
  if (repo.length > MAX_GIVEN) return []
  const name = nameOf(repo)
  return ['', '.', '..'].includes(name) || !name.isWellFormed() ? [] : spellings(name)
}

/**
 * The graph's name behind a directory name, or undefined when no graph is stored under it: text that does not
 * decode, a spelling that neither era of Logseq writes, or a name that Logseq does not list.
 */
export function decodeGraphDir(dirName: string): string | undefined {
  let name: string
  try {
    name = decodeURIComponent(dirName.replaceAll('%', '%25').replaceAll('~', '%'))
  } catch {
    return undefined // not an encoded name: some other directory
  }

  if (reservedReason(name) !== undefined || !canBeAskedFor(name)) return undefined
  return dirName === encodeGraphDir(name) || dirName === olderGraphDir(name) ? name : undefined
}

/** Is there a way to say this name? Not for one with a NUL character, say, or with a space at its end. */
function canBeAskedFor(name: string): boolean {
  try {
    return parseGraphName(REPO_PREFIX + name).name === name
  } catch {
    return false // the reason is for a person who asks, not for a directory that is passed over
  }
}
