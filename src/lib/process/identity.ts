/**
 * What a pid alone cannot say: which process. Pids are reused, restart from 1 in containers, and mean nothing on
 * another machine. The names are those of the lock file.
 */
export interface Identity {
  'boot-id'?: string
  'machine-id'?: string
  pid: number
  'pid-namespace'?: string
  'process-start'?: string
}

/** The part of an identity that every process of this boot, namespace and machine shares. */
export type HostIdentity = Pick<Identity, 'boot-id' | 'machine-id' | 'pid-namespace'>

/** How a process was called. */
export interface CommandFacts {
  /** The exact arguments, where the system tells them (Linux). */
  argv?: string[]
  /** The arguments joined by spaces, where it tells no more than that (macOS). */
  commandLine?: string
  pid: number
}

/** What the operating system says of one process. Fields that it will not tell are missing. */
export interface ProcessFacts extends CommandFacts {
  cwd?: string
  /** The file that runs. */
  exe?: string
  mountNamespace?: string
  pidNamespace?: string
  /** Resident memory in bytes. */
  rss?: number
  /** When it started, in the system's own words: comparable only with itself. */
  start?: string
  uid?: number
  /** Dead, but not yet reaped by its parent: `kill(pid, 0)` calls it alive. */
  zombie: boolean
}

/**
 * - `alive`, `dead`: this process, proven
 * - `possible`: a process of that pid lives, but nothing says that it is this one
 * - `other-namespace`: its pid means nothing here, though the kernel is the same: ask the server lock
 * - `other-machine`: its pid means nothing here, nor perhaps do its locks
 */
export type Liveness = 'alive' | 'dead' | 'other-machine' | 'other-namespace' | 'possible'

/** May the pid of this identity be looked up in our process table? A missing field never says no. */
export function scopeOf(identity: Identity, here: HostIdentity): 'dead' | 'here' | 'other-machine' | 'other-namespace' {
  const differs = (key: keyof HostIdentity) =>
    identity[key] !== undefined && here[key] !== undefined && identity[key] !== here[key]
  const same = (key: keyof HostIdentity) => identity[key] !== undefined && identity[key] === here[key]

  if (same('boot-id')) return differs('pid-namespace') ? 'other-namespace' : 'here'
  if (differs('machine-id')) return 'other-machine'
  if (differs('boot-id')) return same('machine-id') ? 'dead' : 'other-namespace'
  return differs('pid-namespace') ? 'other-namespace' : 'here'
}

/** Is it still the process that was seen, and alive? One whose start is not known cannot be told from another. */
export function isSameProcess(seen: ProcessFacts | undefined, now: ProcessFacts | undefined): now is ProcessFacts {
  return now !== undefined && !now.zombie && now.start !== undefined && now.start === seen?.start
}

/**
 * Does the process that an identity names live?
 * @param found what the process table says of its pid; undefined when there is no such process
 */
export function livenessOf(identity: Identity, here: HostIdentity, found: ProcessFacts | undefined): Liveness {
  const place = scopeOf(identity, here)
  if (place !== 'here') return place
  // Where our own namespace is not known (no /proc), a pid that is not here may be one of another namespace.
  const isForeign = identity['pid-namespace'] !== undefined && here['pid-namespace'] === undefined
  if (!found && isForeign) return 'other-namespace'
  if (!found || found.zombie) return 'dead'
  const start = identity['process-start']
  if (start === undefined || found.start === undefined) return 'possible'
  return start === found.start ? 'alive' : 'dead'
}
