/**
 * Severity of a finding: `error`, something does not work; `warning`, it may go wrong; `note`, good to know.
 */
export type Level = 'error' | 'note' | 'warning'

interface FindingKind {
  level: Level
  meaning: string
}

/** Every finding of `doctor`, with its level and what it means. docs/cli/doctor.md lists them; a test compares. */
export const FINDINGS = {
  // the machine
  'sqlite-missing': {
    level: 'error',
    meaning:
      'Without SQLite no server starts: this Node.js has none of its own, and this package has none for this machine.',
  },
  'probe-failed': {
    level: 'warning',
    meaning: 'This part was not checked. Problems there would not be found.',
  },
  'scan-failed': {
    level: 'warning',
    meaning: 'Leftover servers cannot be found. A start decides by lock files and locks alone.',
  },
  'other-program': {
    level: 'warning',
    meaning: 'Commands that are pasted or run by scripts reach another program, with other commands.',
  },
  'other-installation': {
    level: 'note',
    meaning: 'Two installations may have different versions. The first one on PATH is run.',
  },
  'not-on-path': {
    level: 'note',
    meaning: 'Commands that are pasted do not find this program.',
  },
  'completion-not-installed': {
    level: 'note',
    meaning: 'The shell does not complete commands, flags and graphs.',
  },
  'config-invalid': {
    level: 'error',
    meaning: 'Every other command fails because of it. `doctor` continues without the configuration.',
  },
  // the data directory
  'home-not-found': {
    level: 'error',
    meaning: 'The default data directory is below the home directory, which is not known.',
  },
  'data-dir-missing': {
    level: 'note',
    meaning: 'There are no graphs yet. The first start with --create makes the directory.',
  },
  'data-dir-unusable': {
    level: 'error',
    meaning: 'No graph can be found or opened there.',
  },
  'data-dir-silent': {
    level: 'error',
    meaning: 'A disk or network disk does not respond. Servers of graphs on it wait for it, too.',
  },
  'not-yours': {
    level: 'error',
    meaning: 'Commands refuse to act there, because the owner could not use files that they create.',
  },
  'writable-by-others': {
    level: 'warning',
    meaning: 'Other users of this machine can change or replace your graphs.',
  },
  'readable-by-others': {
    level: 'note',
    meaning: 'Other users of this machine can read your notes.',
  },
  'token-readable': {
    level: 'error',
    meaning: 'Other users can read the token of the server, and use the graph as you.',
  },
  'network-file-system': {
    level: 'warning',
    meaning: 'Locks of another machine may not be seen. Only one machine should use these graphs at a time.',
  },
  'memory-file-system': {
    level: 'warning',
    meaning: 'The graphs are in memory, and are gone after a restart of the machine.',
  },
  'locks-broken': {
    level: 'error',
    meaning: 'Locks prevent two programs from writing to a graph at once. Without them a graph can be damaged.',
  },
  'disk-full': {
    level: 'error',
    meaning: 'Writes fail, and a start may fail.',
  },
  'disk-nearly-full': {
    level: 'warning',
    meaning: 'A backup needs as much space as its graph. Without space there are no backups, and soon no writes.',
  },
  // graphs
  'graph-unreadable': {
    level: 'error',
    meaning: 'The graph cannot be served.',
  },
  'graph-not-writable': {
    level: 'error',
    meaning: 'No server can be started for the graph, and one that has ended could not remove its lock file.',
  },
  'graph-damaged': {
    level: 'error',
    meaning: 'The graph is read-only until a backup is restored.',
  },
  'unclean-end': {
    level: 'warning',
    meaning:
      'The server was killed, or the machine went down; or the directory was copied while it was served. The next server checks the graph before its first write.',
  },
  'search-index-unusable': {
    level: 'warning',
    meaning: 'Searches fail until the index is built again. It contains only copies of data in the graph.',
  },
  'interrupted-restore': {
    level: 'note',
    meaning: 'A restore or import was killed after its point of no return. The next start completes it.',
  },
  'future-dated': {
    level: 'warning',
    meaning:
      'The clock was ahead when the file was written, or is behind now. Files that are sorted by time are out of order.',
  },
  'set-aside-databases': {
    level: 'note',
    meaning: 'A restore keeps the database that it replaces. They are kept for as long as automatic backups.',
  },
  // leftovers
  'leftover-file': {
    level: 'warning',
    meaning: 'A process was killed while it wrote this file. The file is not needed.',
  },
  'file-aside': {
    level: 'note',
    meaning: 'Something was in the place of a file of this program, and was moved away. Check whether you need it.',
  },
  // servers
  'stale-record': {
    level: 'warning',
    meaning: 'The lock file names a server whose process is gone: it was killed, or the machine went down.',
  },
  'corrupt-record': {
    level: 'warning',
    meaning: 'The lock file is not valid: another program wrote it. The next start replaces it.',
  },
  'unreadable-record': {
    level: 'error',
    meaning:
      'The lock file cannot be read, so this program cannot find out whether a server runs. Start and stop fail.',
  },
  'orphan-server': {
    level: 'warning',
    meaning: 'No lock file names this server, so no program finds it. The next start of its graph stops it.',
  },
  'server-unresponsive': {
    level: 'warning',
    meaning: 'The server did not respond within a second. It may be busy, or suspended.',
  },
  'server-elsewhere': {
    level: 'note',
    meaning: 'The graph is in use on another machine, and cannot be started here.',
  },
  'server-newer': {
    level: 'note',
    meaning: 'A newer version of this program started it. It can be used, but not stopped from here.',
  },
  'server-other-build': {
    level: 'warning',
    meaning: 'Another build of this program started the server. The server behaves like that build.',
  },
} as const satisfies Record<string, FindingKind>

/** Code of a finding. */
export type FindingCode = keyof typeof FINDINGS

/** Something that `doctor` found. The keys are those of the CLI's JSON. */
export interface Finding {
  code: FindingCode
  level: Level
  /** Text of the finding. */
  message: string
  /** Consequence of the finding. */
  meaning: string
  /** Advice: a command that can be pasted, in backticks. */
  hint: string
  /** True if `--fix` removes the cause. */
  fixable: boolean
  graph?: string
  path?: string
  pid?: number
}

/** Facts that a check adds to the kind of its finding. */
export type Details = Pick<Finding, 'graph' | 'hint' | 'message' | 'path' | 'pid'> & {fixable?: boolean}

/** Creates a finding. */
export function finding(code: FindingCode, {fixable = false, hint, message, ...more}: Details): Finding {
  const {level, meaning} = FINDINGS[code]
  return {code, level, message, meaning, hint, fixable, ...more}
}
