import {closeSync, constants} from 'node:fs'

import {forEachBatch} from '../../engine/collect-datoms.js'
import type {Datom} from '../../engine/datom.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {openOwnFile, writeOwnFile} from '../../lib/files/own-files.js'
import {writeEdn} from '../../values/edn-write.js'
import {keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {sharedFacts} from '../export/graph-datoms.js'
import {schemaVersion} from '../export/graph-parts.js'
import {K} from '../export/keys.js'
import {readClosedGraph} from './closed-graph.js'

/** `edn`: Logseq's export of a whole graph; `datoms`: every fact with its transaction, and the schema. */
export type TextFormat = 'datoms' | 'edn'

/** So much text is written at once, in characters. */
const PIECE = 256 * 1024

/** Form of an export: the part before the facts, and the form of each fact; undefined for one that is left out. */
interface Form {
  head: ValueMap
  show(datom: Datom): undefined | Value
}

const FORMS: Readonly<Record<TextFormat, (db: StoredDatabase) => Form>> = {
  datoms: ({schema}) => ({
    head: new ValueMap([[keyword('schema'), schema]]),
    show: ({a, e, tx, v}) => [e, a, v, tx],
  }),
  edn(db) {
    const isShared = sharedFacts(db)
    const version = schemaVersion(db)
    const head = new ValueMap([
      [K.exportType, keyword('graph')],
      [K.graphFormat, K.datoms],
    ])
    if (version !== undefined) head.set(K.schemaVersion, version)
    return {head, show: (datom) => (isShared(datom) ? [datom.e, datom.a, datom.v] : undefined)}
  },
}

/**
 * Writes a graph as text, one fact per line, so that two exports can be compared. It is never in memory as a whole.
 * @param database a file that no program has open
 * @param target a new file, for its owner only
 * @throws the error of the file system; an incomplete file may be left
 */
export function* writeExport(
  database: string,
  target: string,
  format: TextFormat,
  execution: ExecutionContext,
): CooperativeTask<void> {
  yield* readClosedGraph(database, function* (db) {
    const {head, show} = FORMS[format](db)
    const file = openOwnFile(target, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
    try {
      let text = `{${Array.from(head, ([key, value]) => `${writeEdn(key)} ${writeEdn(value)}`).join('\n ')}\n :datoms [`
      let separator = ''
      yield* forEachBatch(db.scan(undefined), execution, (batch) => {
        for (const datom of batch) {
          const fact = show(datom)
          if (fact === undefined) continue
          text += separator + writeEdn(fact)
          separator = '\n  '
        }

        if (text.length < PIECE) return
        writeOwnFile(file, target, text)
        text = ''
      })
      writeOwnFile(file, target, `${text}]}\n`)
    } finally {
      closeSync(file)
    }
  })
}
