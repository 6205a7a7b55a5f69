import {Schema} from '../../engine/schema.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap, ValueSet} from '../../values/types.js'
import {isInternalPropertyIdent} from '../validity/idents.js'
import {Builder, type Making} from './builder.js'
import {buildDefinitions, declareDefinitions} from './definitions.js'
import {type BlockForm, IMPORT_OPTIONS, type ImportForm, readForm} from './form.js'
import {buildGraphParts} from './graph-parts.js'
import {Nodes} from './nodes.js'
import {ImportRefused} from './refusal.js'

const KEEPS_PROPERTIES = keyword('existing-pages-keep-properties?')

/** Transaction of an import. */
interface Import {
  /** Number of parts of Logseq's own transaction. */
  count: number
  txData: readonly Value[]
}

/**
 * Builds the transaction that adds an export to a graph. Pages are found by their titles, journals by their days, classes and
 * properties by their idents; what is not there is made. Blocks go behind those that are there.
 * @param map as `exportEdn` makes it, but for an export of all facts: `replacementOf` reads that
 * @throws ImportRefused
 */
export function* buildImport(
  db: StoredDatabase,
  map: ValueMap,
  making: Making,
  execution: ExecutionContext,
): CooperativeTask<Import> {
  const form = readForm(map)
  requireDeclared(form)
  const options = map.get(IMPORT_OPTIONS)
  const builder = new Builder(db, form, making, execution)
  const nodes = new Nodes(builder, options instanceof ValueMap && options.get(KEEPS_PROPERTIES) === true)
  yield* declareDefinitions(builder)
  yield* nodes.declare()
  yield* buildDefinitions(builder, nodes)
  yield* nodes.build()
  buildGraphParts(builder, map)
  return {count: builder.count, txData: describingFirst(builder.operations)}
}

/** Puts what describes an attribute first: a property may have values of another one that is made after it. */
function describingFirst(operations: readonly Value[]): readonly Value[] {
  const isDescribing = (operation: Value) => Schema.isDescribing((operation as readonly Value[])[2] as Keyword)
  return [...operations.filter((one) => isDescribing(one)), ...operations.filter((one) => !isDescribing(one))]
}

/** Refuses an import that uses a property of a user without its declaration. */
function requireDeclared(form: ImportForm): void {
  const used = new Map<Keyword, Value[]>()
  const look = (properties: ValueMap) => {
    for (const [key, value] of properties) {
      const ident = key as Keyword
      if (isInternalPropertyIdent(ident) || form.properties.has(ident)) continue
      used.set(ident, [...(used.get(ident) ?? []), ...(value instanceof ValueSet ? value : [value])])
    }
  }

  const lookAt = (block: BlockForm) => {
    look(block.properties)
    for (const child of block.children) lookAt(child)
  }

  for (const {blocks, properties} of form.pages) {
    look(properties)
    for (const block of blocks) lookAt(block)
  }

  for (const {properties} of [...form.classes.values(), ...form.properties.values()]) look(properties)
  if (used.size === 0) return
  const idents = [...used.keys()].join(' ')
  throw new ImportRefused(`The following properties used in EDN were not declared in :properties: (${idents})`)
}
