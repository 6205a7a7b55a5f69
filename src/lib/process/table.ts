import type {CommandFacts, HostIdentity, ProcessFacts} from './identity.js'

/** What an operating system tells of processes. */
export interface ProcessTable {
  /**
   * The command line of every process that can be seen.
   * @throws when the table cannot be read; an empty answer is never given for a failed one
   */
  list(): Promise<CommandFacts[]>
  /** One process, or undefined when no process has that pid. */
  getProcess(pid: number): Promise<ProcessFacts | undefined>
  /** The place that the processes of this table share. */
  hostIdentity(): Promise<HostIdentity>
  /** Does this process listen on this loopback port? Undefined where the system does not tell. */
  listens(pid: number, port: number): boolean | undefined
  /** Has this process this file open, under whichever path? Undefined where the system does not tell. */
  opens(pid: number, path: string): boolean | undefined
  /** Can `list` find orphans here? (Linux and macOS: yes.) */
  scans: boolean
}
