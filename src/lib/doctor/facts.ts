import type {ErrorCode} from '../errors.js'
import type {StatusResult} from '../lifecycle/results.js'
import type {UncleanEnd} from '../lock/unclean-end.js'
import type {ScanOutcome} from '../process/scan.js'

/** Result of one probe, or the reason for its failure; `silent` if a disk did not respond in time. */
export type Probed<T> = NotFound | {found: T}

export interface NotFound {
  code?: 'silent' | ErrorCode
  hint?: string
  problem: string
}

/** Everything that `doctor` looks at. Collected by probes, judged by pure checks. */
export interface DoctorFacts {
  completion: Probed<CompletionFacts>
  configProblem?: ConfigProblem | undefined
  /** Path of the data directory. */
  dataDir: Probed<string>
  files: Probed<FileFacts>
  lock: Probed<LockTrial>
  node: NodeFacts
  /** Time of this look, in ms since 1970. */
  now: number
  path: Probed<PathFacts>
  servers: Probed<ServerFacts>
}

/** Reason why the configuration file could not be used, and advice. */
export interface ConfigProblem {
  hint: string
  message: string
  path: string
}

export interface NodeFacts {
  /** Name of the SQLite that is used; undefined if missing. */
  sqlite: string | undefined
  sqliteProblem?: string
  version: string
}

/** A directory or file as `lstat` describes it. */
export interface Entry {
  kind: 'directory' | 'file' | 'other'
  /** Permission bits. */
  mode: number
  /** Last change, in ms since 1970. */
  mtime: number
  name: string
  size: number
  uid: number
}

/** The data directory and all that is in it, read by a process of its own. */
export interface FileFacts {
  /** Undefined if there is no data directory. */
  directory: DirectoryFacts | undefined
  fileSystem: FileSystemFacts | undefined
  graphs: GraphFiles[]
  /** User who runs this; undefined where users have no numbers. */
  uid: number | undefined
}

export interface DirectoryFacts {
  entries: Entry[]
  mode: number
  /** True if other users may pass through each directory above this one. */
  othersReach: boolean
  uid: number
  writable: boolean
}

export interface FileSystemFacts {
  /** Free bytes for this user. */
  free: number
  /** Free inodes; undefined where the file system counts none. */
  freeFiles: number | undefined
  /** `statfs(2)` magic number. */
  type: number
}

/** Files of one graph. */
export interface GraphFiles {
  backups: Entry[]
  /** Real path. */
  dir: string
  entries: Entry[]
  /** Advice about the problem. */
  hint?: string
  mode: number
  name: string
  /** Present if the directory cannot be read. */
  problem?: string
  search: 'absent' | 'unusable' | 'usable'
  uid: number
  /** Present if the last server did not end cleanly. It says nothing while a server runs. */
  uncleanEnd?: UncleanEnd
}

/** Result of trying the locks of a file system: a second process takes a lock that the first one holds, or not. */
export type LockTrial = 'no-sqlite' | 'not-exclusive' | 'refused' | 'works'

export interface ServerFacts {
  orphans: OrphanFacts[]
  scan: ScanOutcome
  servers: StatusResult[]
}

/** A server of this user that the record of its graph does not name. */
export interface OrphanFacts {
  /** Undefined if the directory of its graph is gone. */
  graph?: string
  pid: number
}

/** Programs that the command's name leads to, in the order of PATH. */
export interface PathFacts {
  /** Name of the command. */
  bin: string
  programs: Program[]
}

export interface Program {
  /** Name and version of the package that it belongs to, if it belongs to one. */
  package?: string
  path: string
  /** True if it is this program. */
  self: boolean
}

export interface CompletionFacts {
  installed: boolean
  /** Undefined if the user's shell has no completion script. */
  shell: string | undefined
}

/** Stands for a probe that was not made, because an earlier one has found nothing. */
export const NOT_REACHED: NotFound = {problem: 'not reached'}
