import type {FileProblem} from '../../engine/integrity/whole-file.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {makeDatabase as makeDatabaseOf} from '../../logseq/closed-files/new-database.js'

export type {FileProblem} from '../../engine/integrity/whole-file.js'

/** Work on files that no server has open, in the process of the command. Only commands that do it load the engine. */

/**
 * Checks a whole database file, and whether a server could open it.
 * @returns the problems; empty for a sound file
 * @throws the error of the file system; the reason of the signal
 */
export async function findProblems(path: string, signal?: AbortSignal): Promise<readonly FileProblem[]> {
  const engine = await import('../../engine/integrity/whole-file.js')
  const problems = await run((execution) => engine.findProblems(path, execution), signal)
  if (problems[0]?.unopenable) return problems
  const {whyUnopenable} = await import('../../logseq/closed-files/closed-graph.js')
  const what = whyUnopenable(path)
  if (what === undefined) return problems
  return [{unopenable: true, what}, ...problems.filter((problem) => problem.what !== what)]
}

/**
 * Reads the IDs of the graph of a database file. The file may be open elsewhere: it is read as it is on disk.
 * @returns them by name
 * @throws the error of SQLite; ServerError `graph-invalid`, `graph-damaged`
 */
export async function readIds(path: string): Promise<ReadonlyMap<string, string>> {
  const logseq = await import('../../logseq/closed-files/closed-graph.js')
  return logseq.readIds(path)
}

/**
 * Counts the entities of a sound database file that Logseq would not accept.
 * @throws ServerError `graph-invalid`; the reason of the signal
 */
export async function countInvalid(path: string, signal?: AbortSignal): Promise<number> {
  const validity = await import('../../logseq/closed-files/closed-graph.js')
  return run((execution) => validity.countInvalid(path, execution), signal)
}

/**
 * Makes a database file of an EDN export.
 * @param target a new file; an incomplete one may be left after an error
 * @returns how many entities Logseq would not accept; more than none only with `force`
 * @throws ServerError `usage`, `invalid-arguments`, `graph-not-valid`; the error of the file system; the reason of the signal
 */
export async function makeDatabase(
  source: Parameters<typeof makeDatabaseOf>[0],
  target: string,
  signal?: AbortSignal,
): Promise<number> {
  const logseq = await import('../../logseq/closed-files/new-database.js')
  return run((execution) => logseq.makeDatabase(source, target, execution), signal)
}

/**
 * Writes the graph of a database file as text.
 * @param target a new file; an incomplete one may be left after an error
 * @throws the error of the file system; the reason of the signal
 */
export async function writeExport(
  database: string,
  target: string,
  format: 'datoms' | 'edn',
  signal?: AbortSignal,
): Promise<void> {
  const logseq = await import('../../logseq/closed-files/write-export.js')
  return run((execution) => logseq.writeExport(database, target, format, execution), signal)
}

async function run<T>(
  start: (execution: ExecutionContext) => CooperativeTask<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const {runInTurns} = await import('../../engine/task.js')
  return runInTurns(start, signal)
}
