import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {refusal} from '../../engine/transact/refusal.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {showEdn} from '../../values/edn-write.js'
import {present} from '../../values/present.js'
import {keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import type {Fault, Verdict} from '../validity/judge.js'
import {judgeWrite, lookupOf, type Scope} from '../validity/write.js'

/** Keys by which a client of Logseq exempts a write from judgement: a whole graph is being put together. */
const UNJUDGED = [
  'initial-db?',
  'logseq.graph-parser.exporter/new-graph?',
  'reset-conn!',
  'rtc-download-graph?',
  'skip-validate-db?',
].map((name) => keyword(name))

/** Key that marks a write as a repair: only its own changes are judged, not their consequences. */
const REPAIRS = keyword('fix-db?')

/** Maximum number of faults in an error. */
const SHOWN = 20

/**
 * Refuses a write that leaves an entity as Logseq would not, of those that it touches.
 * @throws ServerError `invalid-transaction`, with the faults in its details
 */
export function* requireValid(
  transaction: Transaction,
  scope: Scope,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const {before, datoms, db} = transaction
  const touched = new Set(datoms.map(({e}) => e))
  const verdicts = yield* judgeWrite(before, db, touched, execution, scope)
  if (verdicts.length === 0) return
  const all = verdicts.flatMap((verdict) => distinct(verdict).map((fault) => ({fault, verdict})))
  const first = present(all[0])
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : ''
  const faults = all.slice(0, SHOWN).map(({fault, verdict}) => ({
    attribute: String(fault.property ?? fault.attribute),
    entity: nameOf(transaction, verdict.e),
    kind: verdict.kind ?? 'unknown',
    rule: fault.rule,
    ...(fault.value !== undefined && {value: showEdn(fault.value)}),
  }))
  throw refusal('invalid-entity', `${sentence(transaction, first.verdict, first.fault)}${more}`, {
    faults,
    'invalid-entities': verdicts.length,
  })
}

/**
 * Chooses the rules by which a write is judged.
 * @param txMeta what the client says about the write
 * @returns undefined when it is not judged
 */
export function scopeOf(txMeta: Value): Scope | undefined {
  if (!(txMeta instanceof ValueMap)) return 'all'
  const says = (key: (typeof UNJUDGED)[number]) => (txMeta.get(key) ?? false) !== false
  if (UNJUDGED.some((key) => says(key))) return undefined
  return says(REPAIRS) ? 'changes' : 'all'
}

/** Both shapes of a block ask for much the same. */
function distinct({faults}: Verdict): Fault[] {
  const seen = new Map<string, Fault>()
  for (const fault of faults) {
    const key = `${String(fault.property ?? fault.attribute)} ${fault.rule}`
    if (!seen.has(key)) seen.set(key, fault)
  }

  return [...seen.values()]
}

function sentence(transaction: Transaction, {e, kind}: Verdict, fault: Fault): string {
  const name = nameOf(transaction, e)
  if (kind === undefined) return `${name} is of no kind that Logseq knows: it has neither :block/uuid nor :db/ident`
  const attribute = String(fault.property ?? fault.attribute)
  const got = fault.value === undefined ? '' : `, got ${showEdn(fault.value)}`
  const problem = fault.rule === 'missing required key' ? 'is missing' : `${fault.rule}${got}`
  return `${name} is not a valid ${kind}: ${attribute} ${problem}`
}

function nameOf({db}: Transaction, e: number): string {
  const name = lookupOf(db, e)
  return typeof name === 'number' ? `Entity ${name}` : showEdn(name)
}
