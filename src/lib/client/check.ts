import {present} from '../../values/present.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {ServerError} from '../errors.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {requireText} from '../require-argument.js'
import {callMethod} from './call.js'

/** Result of a check without findings. The keys are those of the CLI's JSON. */
export interface CheckResult {
  graph: string
  repo: string
  /** Number of facts in each index. */
  datoms: {aevt: number; avet: number; eavt: number}
  /** Number of rows, and of rows that hold a node of an index. */
  rows: number
  nodes: number
  /** Number of unused rows. */
  garbage: number
  /** Number of nodes that are less than half full. */
  underfull: number
  /** Facts that are missing in the index by value; Logseq itself omits some. */
  'not-in-avet': number
  /** Facts of the last writes that are not indexed yet. */
  tail: number
  /** Result of the validation, if requested. */
  validity?: Validity
}

/** Counts of a graph, and the faults of its entities. */
export interface Validity {
  blocks: number
  classes: number
  datoms: number
  entities: number
  objects: number
  pages: number
  properties: number
  'property-pairs': number
  'fault-count': number
  /** The first hundred faults. */
  faults: Array<{attribute: string; entity: number; kind: string; rule: string; title?: string}>
  'invalid-entities': number
}

/** Options of a check. */
export interface CheckOptions extends StartOptions {
  queryTimeoutMs?: number
  /** Also validate each entity as Logseq does. */
  validity?: boolean
}

/**
 * Checks all stored data of a graph, through its server. Changes nothing.
 * @throws ServerError `graph-damaged` with `problems`, `graph-not-valid` if Logseq would refuse entities, and the
 * errors of a call
 */
export async function checkGraph(options: CheckOptions): Promise<CheckResult> {
  requireText(options, 'repo')
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
    const count = validity['invalid-entities']
    const {attribute, entity, kind, rule} = present(validity.faults[0])
    const example = `entity ${entity} (${kind}): ${attribute} ${rule}`
    throw new ServerError('graph-not-valid', `${graph} has ${count} entities that Logseq would refuse; ${example}`, {
      details: {repo, validity},
    })
  }

  if (ok) return {...report, graph, repo}
  throw new ServerError('graph-damaged', `${graph} is damaged: ${problems[0]?.what ?? 'the check failed'}`, {
    details: {repo, problems, 'problem-count': count},
    hint: 'Run `logseq graph restore` to restore a backup; `logseq graph backup --list` shows the backups.',
  })
}

/** Converts a value to plain data. */
function toPlain(value: Value): unknown {
  if (Array.isArray(value)) return value.map((item: Value) => toPlain(item))
  if (!(value instanceof ValueMap)) return value
  return Object.fromEntries(
    [...value].map(([key, item]) => [key instanceof Keyword ? key.fqn : String(key), toPlain(item)]),
  )
}
