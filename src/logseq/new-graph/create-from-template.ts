import {readFileSync} from 'node:fs'

import {packagePath} from '../../lib/package-root.js'
import type {Sqlite} from '../../lib/sqlite.js'
import {type NewGraphParams, PLACEHOLDERS} from './new-graph-params.js'

type Row = [addr: number, content: string, addresses: null | string]

/**
 * Writes a new graph into an empty table, in one transaction. Working out its facts and trees takes a quarter of a second on
 * a slow machine, and comes out the same but for times and one UUID: it is done when the package is built, and these are put
 * in their places here. All times are one, and the UUID is in no index by value, so no order changes.
 */
export function createFromTemplate(db: Sqlite, {now, uuid}: NewGraphParams): void {
  const text = readFileSync(packagePath('dist/bundle/new-graph.json'), 'utf8')
    .replaceAll(String(PLACEHOLDERS.now), String(now))
    .replaceAll(PLACEHOLDERS.uuid.slice(8), uuid.slice(8))
  const insert = db.prepare('INSERT INTO kvs (addr, content, addresses) VALUES (?, ?, ?)')
  db.transaction(() => {
    for (const row of JSON.parse(text) as Row[]) insert.run(...row)
  })
  db.exec('PRAGMA shrink_memory') // the pages that were written: a server would keep 0.2 MiB for nothing
}
