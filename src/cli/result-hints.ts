import {asCalledBy, type Program, type Run} from './program.js'

/** Parts of a result that have hints, and the graph and data directory that they are about. */
interface HintedResult {
  'data-dir'?: string
  error?: object
  findings?: unknown
  graph?: string
  hint?: string
  servers?: unknown
}

/** Rewrites the commands in the hints of a result so that they can be pasted: each is about the graph beside it. */
export function withHints(program: Program, result: unknown, run: Run | undefined): unknown {
  const {error, findings, hint, servers, ...place} = (result ?? {}) as HintedResult
  const own = run && runAt(run, place)
  const each = (items: readonly unknown[]) => items.map((item) => withHints(program, item, own))
  return {
    ...(result as object),
    ...(hint !== undefined && {hint: asCalledBy(program, hint, own)}),
    ...(error && {error: withHints(program, error, own)}),
    ...(Array.isArray(servers) && {servers: each(servers)}),
    ...(Array.isArray(findings) && {findings: each(findings)}),
  }
}

/** Returns the run as it would be about one graph of a result. Of several data directories, the graph's own is named. */
function runAt(run: Run, {'data-dir': dataDir, graph}: HintedResult): Run {
  if (graph === undefined) return run
  const isPlaced = dataDir === undefined || run.carried.some(([flag]) => flag === 'data-dir')
  return {...run, carried: isPlaced ? run.carried : [...run.carried, ['data-dir', dataDir]], repo: graph}
}
