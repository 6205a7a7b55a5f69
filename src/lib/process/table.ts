import type {CommandFacts, HostIdentity, ProcessFacts} from './identity.js'

/** Process table of an operating system. */
export interface ProcessTable {
  /**
   * Returns the command line of every visible process.
   * @throws if the table cannot be read; a failure is never an empty list
   */
  list(): Promise<CommandFacts[]>
  /** Returns one process, or undefined if no process has that pid. */
  getProcess(pid: number): Promise<ProcessFacts | undefined>
  /** Returns the identity fields that all processes of this table share. */
  hostIdentity(): Promise<HostIdentity>
  /** Returns true if the process listens on this loopback port; undefined if the system does not report it. */
  listens(pid: number, port: number): boolean | undefined
  /** Returns true if the process has this file open, under any path; undefined if the system does not report it. */
  opens(pid: number, path: string): boolean | undefined
  /** True if `list` can find orphans here (Linux and macOS). */
  scans: boolean
}
