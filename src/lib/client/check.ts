import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {ServerError} from '../errors.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {callMethod} from './call.js'

/** What a check of a sound graph tells. Keys are those of the CLI's JSON. */
export interface CheckResult {
  graph: string
  repo: string
  /** How many facts each index holds. */
  datoms: {aevt: number; avet: number; eavt: number}
  /** Rows of the database, and those that hold a node of an index. */
  rows: number
  nodes: number
  /** Rows that nothing needs any more. */
  garbage: number
  /** Nodes with fewer than half of the facts that fit. */
  underfull: number
  /** Facts that the index by value lacks; Logseq itself leaves some out. */
  'not-in-avet': number
  /** Facts of the last writes, which are in no index yet. */
  tail: number
  /** How Logseq judges the entities, when that was asked. */
  validity?: Validity
}

/** What a graph holds, and what is wrong with its entities. */
interface Validity {
  blocks: number
  classes: number
  datoms: number
  entities: number
  objects: number
  pages: number
  properties: number
  'property-pairs': number
  'fault-count': number
  /** The first hundred. */
  faults: Array<{attribute: string; entity: number; kind: string; rule: string; title?: string}>
  'invalid-entities': number
}

/** What a check is told. */
export interface CheckOptions extends StartOptions {
  queryTimeoutMs?: number
  /** Judge each entity, too, as Logseq does. */
  validity?: boolean
}

/**
 * Looks through all that is stored of a graph, through its server. Changes nothing.
 * @throws ServerError `graph-damaged` with `problems` when something is wrong, `graph-not-valid` when Logseq would refuse
 * entities; and whatever a call can throw
 */
export async function checkGraph(options: CheckOptions): Promise<CheckResult> {
  const args = options.validity ? [new ValueMap([[keyword('validity'), true]])] : []
  const {graph, repo, value} = await callMethod(options, 'graph/check', args, options.queryTimeoutMs)
  const {
    ok,
    problems,
    'problem-count': count,
    ...report
  } = toPlain(value) as CheckResult & {
    ok: boolean
    problems: Array<{what: string}>
    'problem-count': number
  }
  const {validity} = report
  if (ok && validity !== undefined && validity['fault-count'] > 0) {
    const [first] = validity.faults
    const count = validity['invalid-entities']
    const example = `entity ${first!.entity} (${first!.kind}): ${first!.attribute} ${first!.rule}`
    throw new ServerError('graph-not-valid', `${graph} has ${count} entities that Logseq would refuse; ${example}`, {
      details: {repo, validity},
    })
  }

  if (ok) return {...report, graph, repo}
  throw new ServerError('graph-damaged', `${graph} is damaged: ${problems[0]?.what ?? 'it is not sound'}`, {
    details: {repo, problems, 'problem-count': count},
    hint: '`logseq graph restore` goes back to a backup; `logseq graph backup --list` shows which there are.',
  })
}

/** A value that was made of plain data, as plain data again. */
function toPlain(value: Value): unknown {
  if (Array.isArray(value)) return value.map((item: Value) => toPlain(item))
  if (!(value instanceof ValueMap)) return value
  return Object.fromEntries(
    [...value].map(([key, item]) => [key instanceof Keyword ? key.fqn : String(key), toPlain(item)]),
  )
}
