import {closeSync, constants, fstatSync, readSync} from 'node:fs'

import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {openOwnFile} from '../../lib/files/own-files.js'
import {EdnEntries} from '../../values/edn-items.js'
import {EdnError} from '../../values/edn-read.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {K} from '../export/keys.js'
import {ImportRefused} from './refusal.js'
import {type Fact, factOf} from './whole-graph.js'

/** Contents of an export's file. */
export interface ExportFile {
  /** The facts of a whole graph; undefined for the export of a part. */
  facts: Fact[] | undefined
  /** Rest of the file's contents. */
  map: ValueMap
}

/** So much is read at once, in bytes. */
const PIECE = 256 * 1024

/** Other values than facts are in memory as they are: a file of them may be this long, in bytes. */
const MAX_PARTS = 256 * 1024 * 1024

const SCHEMA = keyword('schema')
const PARTS: ReadonlySet<Value> = new Set([K.pagesAndBlocks, K.properties, K.classes])

/**
 * Reads a file of EDN: Logseq's export of a graph or of a part of one, or every fact of a graph. The facts of a whole graph
 * are read one by one, whatever the length of the file.
 * @throws ImportRefused for anything else
 */
export function* readExport(path: string, execution: ExecutionContext): CooperativeTask<ExportFile> {
  const map = new ValueMap()
  const facts: Fact[] = []
  let size = 0
  try {
    const entries = new EdnEntries()
    for (const {isLast, text} of pieces(path)) {
      for (const {isItem, key, value} of entries.feed(text, isLast)) {
        if (isItem && key === K.datoms) facts.push(factOf(value))
        else if (isItem) itemsOf(map, key).push(value)
        else map.set(key, value)
      }

      size += facts.length > 0 ? 0 : text.length
      if (size > MAX_PARTS)
        throw new ImportRefused(`it has more than ${MAX_PARTS} characters without the facts of a graph`)
      if (execution.shouldYield()) yield
    }
  } catch (error) {
    throw error instanceof EdnError ? new ImportRefused(error.message) : error
  }

  const isWhole = map.get(K.graphFormat) === K.datoms || map.has(SCHEMA)
  if (isWhole && facts.length === 0) throw new ImportRefused('it has no facts')
  if (!isWhole && ![...map.keys()].some((key) => isOfExport(key)))
    throw new ImportRefused('it has no pages, properties or classes')
  return {facts: isWhole ? facts : undefined, map}
}

function itemsOf(map: ValueMap, key: Value): Value[] {
  const known = map.get(key)
  if (Array.isArray(known)) return known as Value[]
  const made: Value[] = []
  map.set(key, made)
  return made
}

/** Any other EDN would be imported as nothing. */
function isOfExport(key: Value): boolean {
  return PARTS.has(key) || (key instanceof Keyword && key.namespace === 'logseq.db.sqlite.export')
}

function* pieces(path: string): Generator<{isLast: boolean; text: string}> {
  const file = openOwnFile(path, constants.O_RDONLY)
  try {
    const decoder = new TextDecoder('utf8', {fatal: true})
    const bytes = Buffer.alloc(PIECE)
    let left = fstatSync(file).size
    for (;;) {
      const size = readSync(file, bytes)
      left -= size
      const isLast = size === 0 || left <= 0
      yield {isLast, text: decode(decoder, bytes.subarray(0, size), isLast)}
      if (isLast) return
    }
  } finally {
    closeSync(file)
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, isLast: boolean): string {
  try {
    return decoder.decode(bytes, {stream: !isLast})
  } catch {
    throw new ImportRefused('it is not text in UTF-8')
  }
}
