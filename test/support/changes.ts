import type {StoredDatabase} from '../../src/engine/stored-database.js'
import type {TxReport} from '../../src/engine/transact/transact.js'
import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {keyword} from '../../src/values/scalars.js'

/** What the recorded calls name an entity by. */
export function nameOf(db: StoredDatabase, e: number): string {
  const ident = db.first(e, keyword('db/ident'))?.v
  if (ident !== undefined) return writeEdn(ident)
  const uuid = db.first(e, keyword('block/uuid'))?.v
  if (uuid !== undefined) return writeEdn([keyword('block/uuid'), uuid])
  const path = db.first(e, keyword('file/path'))?.v
  if (path !== undefined) return writeEdn([keyword('file/path'), path])
  return db.first(e) ? `[:eid ${e}]` : String(e)
}

/** The net difference of the facts, as the recorded calls have it. */
export function changes(before: StoredDatabase, {after, txData}: Pick<TxReport, 'after' | 'txData'>): string[] {
  const lines: string[] = []
  const touched = [...new Set(txData.map(({e}) => e))]
  const rows = (db: StoredDatabase, e: number) =>
    db.list(e).map(({a, v}) => {
      const value = db.attributes.isRef(a) && typeof v === 'number' ? nameOf(db, v) : writeEdn(v)
      return {key: `${a} ${writeEdn(v)}`, text: `${a} ${value}`}
    })
  for (const e of touched) {
    const [old, now] = [rows(before, e), rows(after, e)]
    const [hadKeys, hasKeys] = [new Set(old.map(({key}) => key)), new Set(now.map(({key}) => key))]
    for (const {key, text} of now) if (!hadKeys.has(key)) lines.push(`[:add ${nameOf(after, e)} ${text}]`)
    for (const {key, text} of old) if (!hasKeys.has(key)) lines.push(`[:retract ${nameOf(before, e)} ${text}]`)
  }

  return lines
    .filter((line) => !line.includes(':block/tx-id'))
    .map((line) => normal(line))
    .sort()
}

/** A change without what differs from run to run, in this server's EDN. */
export function normal(line: string): string {
  return writeEdn(readEdn(line.replaceAll(/:<(\w+)>/g, ':any/$1')))
    .replaceAll(/-[A-Za-z][\w-]{7}(?=[ \]])/g, '-aAAAAAAA')
    .replaceAll(/(:block\/(?:created|updated)-at|:logseq.property\/deleted-at) \d{13}\]/g, '$1 :any/now]')
    .replaceAll(/"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-(?!0000000)[\da-f]{12}"/g, '":any/uuid"')
    .replaceAll('#uuid ":any/uuid"', ':any/uuid')
}
