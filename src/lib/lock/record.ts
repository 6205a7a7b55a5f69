import * as v from 'valibot'

/** Client type that owns a server and may stop it. */
export type OwnerSource = 'cli' | 'electron' | 'unknown'

/** Lifetime of a server: until its last lease ends, or until it is stopped. */
export type Lifetime = 'leased' | 'persistent'

/** Record version that this code writes. A record without a version is 1, Logseq's own. */
export const RECORD_VERSION = 2

/**
 * Optional field. An invalid value counts as missing, because it must not make the record of a live server unreadable.
 */
const optional = <T extends v.GenericSchema>(schema: T) => v.optional(v.fallback(v.optional(schema), undefined))

const text = optional(v.pipe(v.string(), v.nonEmpty()))
const positive = v.pipe(v.number(), v.integer(), v.gtValue(0))

/** Content of `db-worker.lock`. Names and order of fields are a wire format; unknown fields are kept. */
const recordSchema = v.looseObject({
  repo: v.pipe(v.string(), v.nonEmpty()),
  pid: positive,
  'lock-id': text,
  host: text,
  port: optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  'owner-source': v.fallback(v.optional(v.picklist(['cli', 'electron', 'unknown']), 'unknown'), 'unknown'),
  startedAt: text,
  'owner-id': text,
  version: optional(positive),
  revision: text,
  'data-dir': text,
  'process-start': text,
  'boot-id': text,
  'pid-namespace': text,
  'machine-id': text,
  'owner-pid': optional(positive),
  'owner-start': text,
  'auth-token': text,
  lifetime: optional(v.picklist(['leased', 'persistent'])),
  'idle-timeout-ms': optional(positive),
  supervised: optional(v.boolean()),
})

export type LockRecord = v.InferOutput<typeof recordSchema>

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

  const result = v.safeParse(recordSchema, value)
  // Keeps fields that the schema skips (such as `prototype`), and the order of fields.
  if (result.success) return {record: {...(value as object), ...result.output}}
  const [issue] = result.issues
  const field = v.getDotPath(issue)
  return {problem: field ? `field ${field} is not valid` : 'the file is not a JSON object'}
}

/** Formats a record: one JSON object without a newline, fields in order. */
export function formatRecord(record: LockRecord): string {
  return JSON.stringify(record)
}

/** Returns true if a record has a newer version than this code supports. */
export function isNewer(record: LockRecord): boolean {
  return (record.version ?? 1) > RECORD_VERSION
}
