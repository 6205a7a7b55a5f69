import {randomBytes, randomUUID} from 'node:crypto'

import type {Graph} from '../../lib/graphs/locate.js'
import {readRecord, recordPath, type RecordRead, removeRecord, writeRecord} from '../../lib/lock/record-file.js'
import {type LockRecord, RECORD_VERSION} from '../../lib/lock/record.js'
import type {System} from '../../lib/process/system.js'
import type {WorkerOptions} from '../options.js'
import {KeptRead} from './kept-read.js'

/** Secrets of this server, shared only with the readers of its record. They are its own for its whole life. */
export interface Secrets {
  'auth-token': string
  'lock-id': string
}

/** Creates the random ID and token of a server. */
export function newSecrets(): Secrets {
  return {'auth-token': randomBytes(32).toString('base64url'), 'lock-id': randomUUID()}
}

/** Builds the record in which a server describes itself. */
export async function buildRecord(
  system: System,
  graph: Graph,
  options: WorkerOptions,
  {port, revision, ...secrets}: Secrets & {port: number; revision: string},
): Promise<LockRecord> {
  const [place, self] = await Promise.all([system.processes.hostIdentity(), system.processes.getProcess(process.pid)])
  return {
    repo: options.repo,
    pid: process.pid,
    'lock-id': secrets['lock-id'],
    host: '127.0.0.1',
    port,
    'owner-source': options.ownerSource,
    startedAt: new Date().toISOString(),
    'owner-id': options.ownerId,
    version: RECORD_VERSION,
    revision,
    'data-dir': graph.dataDir,
    'process-start': self?.start,
    'boot-id': place['boot-id'],
    'pid-namespace': place['pid-namespace'],
    'machine-id': place['machine-id'],
    'owner-pid': options.ownerProcess?.pid,
    'owner-start': options.ownerProcess?.start,
    'auth-token': secrets['auth-token'],
    lifetime: options.lifetime,
    'idle-timeout-ms': options.idleTimeoutMs,
    ...(options.supervised && {supervised: true}),
  }
}

/** The published record of this server. Only the holder of the server lock writes or removes it. */
export class Publication {
  readonly self: LockRecord
  #current: LockRecord
  readonly #graphDir: string
  readonly #record: KeptRead<RecordRead>

  constructor(graphDir: string, self: LockRecord) {
    this.#graphDir = graphDir
    this.#record = new KeptRead(recordPath(graphDir), () => readRecord(graphDir))
    this.self = self
    this.#current = self
  }

  publish(): void {
    writeRecord(this.#graphDir, this.self)
  }

  /** The record as it is now, or as it last was while it named this server: what a client wrote about the owner holds. */
  current(): LockRecord {
    const read = this.read()
    if (read.kind === 'present' && this.isMine(read.record)) this.#current = read.record
    return this.#current
  }

  read(): RecordRead {
    return this.#record.read()
  }

  isMine(record: LockRecord): boolean {
    return record.pid === this.self.pid && record['lock-id'] === this.self['lock-id']
  }

  /** Removes the record if it still names this server. */
  remove(): void {
    const read = this.read()
    if (read.kind === 'present' && this.isMine(read.record)) removeRecord(this.#graphDir)
  }
}
