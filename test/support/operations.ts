import {
  backUpGraph,
  type BackupResult,
  checkGraph,
  type CheckResult,
  exportGraph,
  type ExportOptions,
  type ExportResult,
  graphBackups,
  importGraph,
  type ImportOptions,
  type ImportResult,
  restoreGraph,
  type RestoreOptions,
  type RestoreResult,
  type ServerError,
  type StartResult,
  startServer,
  type StopResult,
  stopServer,
} from '../../src/lib/index.js'
import type {Value} from '../../src/values/types.js'
import {callJson, type Place, valueOf} from './calls.js'
import {page} from './outline.js'
import type {Sandbox} from './sandbox.js'

/** UUID of the page that `write` writes and `titleOf` reads. */
export const UUID = '00000000-0000-4000-8000-000000000001'

type Without<T> = Omit<T, 'dataDir' | 'repo'>

/**
 * What the commands do on a sandbox's graphs, in this process: for the steps of a test that are not what it is about. A program
 * that starts takes more time than most of what it does.
 */
export function operationsIn(sandbox: Sandbox) {
  const at = (repo: string) => ({dataDir: sandbox.dataDir, repo})
  /** The server that the record of a graph names. */
  const placeOf = (repo = 'demo'): Place => {
    const {'auth-token': token, port} = sandbox.record(repo) as {'auth-token': string; port: number}
    return {port, token}
  }

  return {
    backUp: (repo = 'demo'): Promise<BackupResult> => backUpGraph(at(repo)),
    backups: (repo = 'demo') => graphBackups(at(repo)).backups,
    check: (repo = 'demo', validity = false): Promise<CheckResult> => checkGraph({...at(repo), validity}),
    exportTo: (file: string, options: Partial<Without<ExportOptions>> = {}, repo = 'demo'): Promise<ExportResult> =>
      exportGraph({format: 'sqlite', ...options, ...at(repo), file}),
    importAs: (repo: string, file: string, options: Omit<Without<ImportOptions>, 'file'> = {}): Promise<ImportResult> =>
      importGraph({...options, ...at(repo), file}),
    placeOf,
    restore: (options: Without<RestoreOptions> = {}, repo = 'demo'): Promise<RestoreResult> =>
      restoreGraph({...options, ...at(repo)}),
    /** Starts a server, making the graph when it is not there. */
    start: (repo = 'demo', create = true): Promise<StartResult> => startServer({...at(repo), create}),
    stop: (repo = 'demo'): Promise<StopResult> => stopServer(at(repo)),
    /** The title of the page, as the server has it. */
    titleOf: (repo = 'demo'): Promise<Value> =>
      valueOf(
        placeOf(repo),
        'q',
        JSON.stringify(repo),
        `[[:find ?t . :where [?e :block/uuid #uuid "${UUID}"] [?e :block/title ?t]]]`,
      ),
    /** Writes the page, through the server. */
    async write(title: string, repo = 'demo'): Promise<void> {
      const {body, status} = await callJson(placeOf(repo), 'transact', repo, [page(UUID, title)])
      if (status !== 200) throw new Error(`not written: ${body}`)
    },
  }
}

/** An error of an operation, with the fields that its command prints. */
export type Printed = Record<string, any> & {code: string; exit: number; hint: string; message: string}

/** Returns the error of an operation that has to fail. */
export async function errorOf(operation: Promise<unknown>): Promise<Printed> {
  const {error} = await outcomeOf(operation)
  if (!error) throw new Error('succeeded')
  return error
}

/** Returns the result or the error of an operation, as its command prints them with `--json`. */
export async function outcomeOf<T>(operation: Promise<T>): Promise<{data?: T; error?: Printed}> {
  try {
    return {data: await operation}
  } catch (error) {
    // Not by its class: what the library imports while it runs is another copy of its modules, with tsx.
    if ((error as Error).name !== 'ServerError') throw error
    const {code, details, exit, hint, message} = error as ServerError
    return {error: {...details, code, exit, hint, message}}
  }
}
