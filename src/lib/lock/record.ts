import {type Checks, isCount, isObject, isOneOf, isPositive, isText} from '../fields.js'

/** Client type that owns a server and may stop it. */
export type OwnerSource = 'cli' | 'electron' | 'unknown'

/** Lifetime of a server: until its last lease ends, or until it is stopped. */
export type Lifetime = 'leased' | 'persistent'

/** Record version that this code writes. A record without a version is 1, Logseq's own. */
export const RECORD_VERSION = 2

/** Fields of `db-worker.lock`. Names and order are a wire format. */
interface KnownFields {
  repo: string
  pid: number
  'lock-id'?: string | undefined
  host?: string | undefined
  /** 0 until the server listens. */
  port?: number | undefined
  'owner-source': OwnerSource
  startedAt?: string | undefined
  'owner-id'?: string | undefined
  version?: number | undefined
  revision?: string | undefined
  'data-dir'?: string | undefined
  'process-start'?: string | undefined
  'boot-id'?: string | undefined
  'pid-namespace'?: string | undefined
  'machine-id'?: string | undefined
  'owner-pid'?: number | undefined
  'owner-start'?: string | undefined
  'auth-token'?: string | undefined
  lifetime?: Lifetime | undefined
  'idle-timeout-ms'?: number | undefined
  supervised?: boolean | undefined
}

/** Content of `db-worker.lock`. Unknown fields are kept. */
export type LockRecord = KnownFields & {[field: string]: unknown}

const isOwnerSource = isOneOf('cli', 'electron', 'unknown')

/** Fields of which an invalid value counts as missing, because it must not make the record of a live server unreadable. */
const OPTIONAL: Checks<Omit<KnownFields, 'owner-source' | 'pid' | 'repo'>> = {
  'lock-id': isText,
  host: isText,
  port: (value) => isCount(value) && Number(value) <= 65_535,
  startedAt: isText,
  'owner-id': isText,
  version: isPositive,
  revision: isText,
  'data-dir': isText,
  'process-start': isText,
  'boot-id': isText,
  'pid-namespace': isText,
  'machine-id': isText,
  'owner-pid': isPositive,
  'owner-start': isText,
  'auth-token': isText,
  lifetime: isOneOf('leased', 'persistent'),
  'idle-timeout-ms': isPositive,
  supervised: isOneOf(true, false),
}

/** Parsed record, or the reason why it is not valid. */
export type ParsedRecord = {problem: string} | {record: LockRecord}

/** Parses the text of a record. Never throws: an invalid one is `corrupt`, with the reason. */
export function parseRecord(json: string): ParsedRecord {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // the parser's message would quote the text, which may contain a token
    return {problem: json.trim() === '' ? 'the file is empty' : 'the file is not JSON'}
  }

  if (!isObject(value)) return {problem: 'the file is not a JSON object'}
  if (!isText(value['repo'])) return {problem: 'field repo is not valid'}
  if (!isPositive(value['pid'])) return {problem: 'field pid is not valid'}
  const source = value['owner-source']
  const record: Record<string, unknown> = {...value, 'owner-source': isOwnerSource(source) ? source : 'unknown'}
  for (const [field, isValid] of Object.entries(OPTIONAL))
    if (record[field] !== undefined && !isValid(record[field])) record[field] = undefined
  return {record: record as LockRecord}
}

/** Formats a record: one JSON object without a newline, fields in order. */
export function formatRecord(record: LockRecord): string {
  return JSON.stringify(record)
}

/** Returns true if a record has a newer version than this code supports. */
export function isNewer(record: LockRecord): boolean {
  return (record.version ?? 1) > RECORD_VERSION
}
