import {ServerError} from '../errors.js'
import {pathInTrash} from '../graphs/trash.js'
import {begin, requireOwnGraph, type ServerOptions, withStartLock} from '../lifecycle/operation.js'
import {shellQuote} from '../shell-quote.js'
import {moveGraph, requireOwnPlace, unlessGone} from './move.js'

/** Description of a removal, for the confirmation. */
export interface RemovalPlan {
  graph: string
  /** Directory of the graph. */
  dir: string
}

/** Options of a removal. */
export interface RemoveGraphOptions extends ServerOptions {
  /** Called before anything is done; false cancels the removal. The time that it takes does not count. */
  confirm?: (plan: RemovalPlan) => Promise<boolean>
}

/** Result of a removal. The keys are those of the CLI's JSON. */
export interface RemoveGraphResult {
  graph: string
  repo: string
  /** Directory in which the graph was. */
  dir: string
  /** Directory in which it is now, with its backups. */
  'moved-to': string
  /** Command of a shell that puts it back. */
  undo: string
  /** True if a server ran and was stopped. */
  stopped: boolean
  warnings: string[]
}

/**
 * Moves a graph with its backups to the directory `Unlinked graphs` beside the graphs, as Logseq does. Deletes nothing. A
 * running server of the requester is stopped first.
 * @throws ServerError `server-owned-by-other`, `repo-locked`, `graph-is-link`, ...; `interrupted` if the user declines; the
 * graph is then where it was
 */
export async function removeGraph(options: RemoveGraphOptions): Promise<RemoveGraphResult> {
  const begun = await begin(options)
  requireOwnGraph(begun)
  requireOwnPlace(begun, options.repo)
  const {dataDir, dir, name: graph, repo, warnings} = begun.graph
  if (options.confirm && !(await options.confirm({dir, graph}))) {
    throw new ServerError('interrupted', 'Not removed', {
      hint: `Nothing was changed. To remove ${graph}, answer yes or pass --yes.`,
    })
  }

  const op = {...begun, until: begun.system.clock.now() + begun.timeoutMs}
  const {path, stopped} = await unlessGone(op, () =>
    withStartLock(op, () => moveGraph(op, options, () => pathInTrash(dataDir, dir, Date.now()))),
  )
  return {
    graph,
    repo,
    dir,
    'moved-to': path,
    undo: `mv ${shellQuote(path)} ${shellQuote(dir)}`,
    stopped,
    warnings,
  }
}
