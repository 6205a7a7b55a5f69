/**
 * Identity of a process beyond its pid: pids are reused, restart from 1 in containers, and mean nothing on another
 * machine. The names are those of the lock file.
 */
export interface Identity {
  'boot-id'?: string
  'machine-id'?: string
  pid: number
  'pid-namespace'?: string
  'process-start'?: string
}

/** Part of an identity that all processes of this boot, namespace and machine share. */
export type HostIdentity = Pick<Identity, 'boot-id' | 'machine-id' | 'pid-namespace'>

/** Command line of a process. */
export interface CommandFacts {
  /** Exact arguments, where the system reports them (Linux). */
  argv?: string[]
  /** Arguments joined by spaces, where the system reports only that (macOS). */
  commandLine?: string
  pid: number
}

/** Process as the operating system reports it. Unreported fields are missing. */
export interface ProcessFacts extends CommandFacts {
  cwd?: string
  /** Path of the executable. */
  exe?: string
  /**
   * True for a zombie of which a thread has not ended. On Linux, the first thread becomes a zombie some ms before the last one ends,
   * and until then the process holds its files, locks and port.
   */
  holdsFiles?: boolean
  mountNamespace?: string
  pidNamespace?: string
  /** Resident memory in bytes. */
  rss?: number
  /** Start time in the system's format, comparable only with itself. */
  start?: string
  uid?: number
  /** True if it is dead but not yet reaped by its parent; `kill(pid, 0)` reports it as alive. */
  zombie: boolean
}

/**
 * - `alive`, `dead`: this process, proven
 * - `possible`: a process of that pid lives, but nothing says that it is this one
 * - `other-namespace`: its pid means nothing here, though the kernel is the same: ask the server lock
 * - `other-machine`: its pid means nothing here, nor perhaps do its locks
 */
export type Liveness = 'alive' | 'dead' | 'other-machine' | 'other-namespace' | 'possible'

/**
 * Determines whether the pid of an identity can be looked up in this process table. A missing field never excludes it.
 */
export function scopeOf(identity: Identity, here: HostIdentity): 'dead' | 'here' | 'other-machine' | 'other-namespace' {
  const differs = (key: keyof HostIdentity) =>
    identity[key] !== undefined && here[key] !== undefined && identity[key] !== here[key]
  const same = (key: keyof HostIdentity) => identity[key] !== undefined && identity[key] === here[key]

  if (same('boot-id')) return differs('pid-namespace') ? 'other-namespace' : 'here'
  if (differs('machine-id')) return 'other-machine'
  if (differs('boot-id')) return same('machine-id') ? 'dead' : 'other-namespace'
  return differs('pid-namespace') ? 'other-namespace' : 'here'
}

/**
 * Returns true if a process is still the one that was seen, and alive. Without a start time they cannot be
 * distinguished.
 */
export function isSameProcess(seen: ProcessFacts | undefined, now: ProcessFacts | undefined): now is ProcessFacts {
  return now !== undefined && !now.zombie && now.start !== undefined && now.start === seen?.start
}

/**
 * Returns whether the process of an identity lives.
 * @param found entry of its pid in the process table; undefined if missing
 */
export function livenessOf(identity: Identity, here: HostIdentity, found: ProcessFacts | undefined): Liveness {
  const place = scopeOf(identity, here)
  if (place !== 'here') return place
  // If the own namespace is unknown (no /proc), a missing pid may belong to another namespace.
  const isForeign = identity['pid-namespace'] !== undefined && here['pid-namespace'] === undefined
  if (!found && isForeign) return 'other-namespace'
  if (!found || found.zombie) return 'dead'
  const start = identity['process-start']
  if (start === undefined || found.start === undefined) return 'possible'
  return start === found.start ? 'alive' : 'dead'
}
