import * as v from 'valibot'

/** Who may stop a daemon: the side that started it. */
export type OwnerSource = 'cli' | 'electron' | 'unknown'

/** How long a daemon lives: until its last lease has ended, or until it is stopped. */
export type Lifetime = 'leased' | 'persistent'

/** The version of the record that this code writes. A record without one is 1, Logseq's own. */
export const RECORD_VERSION = 2

/** A field that may be missing. One that is not as expected counts as missing: it must never make a live daemon's record unreadable. */
const optional = <T extends v.GenericSchema>(schema: T) => v.optional(v.fallback(v.optional(schema), undefined))

const text = optional(v.pipe(v.string(), v.nonEmpty()))
const positive = v.pipe(v.number(), v.integer(), v.gtValue(0))

/** What `db-worker.lock` holds. Field names and their order are a wire format; unknown fields are kept as they are. */
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
})

export type LockRecord = v.InferOutput<typeof recordSchema>

/** What the text of a record file says: the record, or why it is none. */
export type ParsedRecord = {problem: string} | {record: LockRecord}

/** Reads the text of a record. Never throws: what is not a record is `corrupt`, with the reason. */
export function parseRecord(json: string): ParsedRecord {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // the parser's own message quotes the text, and there may be a token in it
    return {problem: json.trim() === '' ? 'it is empty' : 'it is not JSON'}
  }

  const result = v.safeParse(recordSchema, value)
  // What the schema passes over (a field called `prototype`, say) is kept, too, and each field where it was.
  if (result.success) return {record: {...(value as object), ...result.output}}
  const [issue] = result.issues
  const field = v.getDotPath(issue)
  return {problem: field ? `its field ${field} is not as expected` : 'it is not a JSON object'}
}

/** The text of a record: one JSON object, no newline, in the order of its fields. */
export function formatRecord(record: LockRecord): string {
  return JSON.stringify(record)
}

/** Is this record of a newer version than this code understands? */
export function isNewer(record: LockRecord): boolean {
  return (record.version ?? 1) > RECORD_VERSION
}
