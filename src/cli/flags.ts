import * as Flags from '@oclif/core/flags'
import type * as Interfaces from '@oclif/core/interfaces'

import {ServerError} from '../lib/errors.js'
import {DEFAULT_DATA_DIR} from '../lib/graphs/data-dir.js'
import {DEFAULT_TIMEOUT_MS} from '../lib/lifecycle/operation.js'
import {LOG_LEVELS} from '../lib/log-level.js'
import {FLAG_VALUES, type ValueReader} from './flag-values.js'

/** Creates an oclif parser from a reader. The check of the whole line runs first and has a better message. */
export function parsedBy<T>({expected, read}: ValueReader<T>) {
  return async (text: string): Promise<T> => {
    const value = read(text)
    if (value !== undefined) return value
    throw new ServerError('usage', `${JSON.stringify(text)} is not valid; use ${expected}`)
  }
}

const time = (name: 'query-timeout' | 'timeout') =>
  Flags.custom<number>({helpValue: 'TIME', parse: parsedBy(FLAG_VALUES[name])})

const dataDir = {
  env: 'LOGSEQ_CLI_DATA_DIR',
  helpGroup: 'GLOBAL',
  helpValue: 'DIR',
  parse: parsedBy(FLAG_VALUES['data-dir']),
}

/** Format of the output. `--json` is the same as `--output json`. */
export const outputFlag = {
  output: Flags.option({
    exclusive: ['json'],
    helpGroup: 'GLOBAL',
    options: ['human', 'json', 'edn'] as const,
    summary: 'Format of the output: text, or one document for programs.',
  })(),
}

const noPager = {helpGroup: 'GLOBAL', summary: 'Do not show long output in a pager.'}
const showToken = {helpGroup: 'ADVANCED', summary: 'Include the server’s auth token in the output.'}

/** Flag of commands whose output may be long. */
export const pagerFlag = {'no-pager': Flags.boolean(noPager)}

/** Flag of commands whose result has the token of a server. */
export const tokenFlag = {'show-token': Flags.boolean(showToken)}

/**
 * Flags of every command that is about graphs. Two are accepted by all, so that a program may add them to any line, and
 * are shown by the commands that have `pagerFlag` or `tokenFlag`.
 */
export const commonFlags = {
  ...outputFlag,
  'data-dir': Flags.string({...dataDir, default: DEFAULT_DATA_DIR, summary: 'Directory of the graphs.'}),
  debug: Flags.boolean({helpGroup: 'GLOBAL', summary: 'Write debug messages to stderr.'}),
  'no-pager': Flags.boolean({...noPager, hidden: true}),
  'owner-id': Flags.string({
    env: 'LOGSEQ_CLI_OWNER_ID',
    helpGroup: 'ADVANCED',
    helpValue: 'ID',
    parse: parsedBy(FLAG_VALUES['owner-id']),
    summary: 'ID of this client instance. Instances with different IDs cannot stop each other’s servers.',
  }),
  'owner-source': Flags.option({
    default: 'cli',
    env: 'LOGSEQ_CLI_OWNER_SOURCE',
    helpGroup: 'ADVANCED',
    options: ['cli', 'electron'] as const,
    summary: 'Client type. Only the type that started a server may stop it.',
  })(),
  quiet: Flags.boolean({helpGroup: 'GLOBAL', summary: 'Print only errors and warnings.'}),
  'show-token': Flags.boolean({...showToken, hidden: true}),
}

/** Servers of all data directories, found among the processes of the user. */
const everywhere = {summary: 'Include the data directories of all your servers that run.'}

/** Flag of a list of the servers of all data directories. */
export const everywhereFlag = {everywhere: Flags.boolean({...everywhere, exclusive: ['watch']})}

/** Flags of commands that can apply to the servers of all graphs, of several data directories. */
export const allServersFlags = {
  all: Flags.boolean({
    char: 'a',
    exclusive: ['repo'],
    summary: 'Apply to your servers of all graphs in the data directory.',
  }),
  everywhere: Flags.boolean({...everywhere, dependsOn: ['all']}),
}

/** The common flags of these commands: the data directory may be repeated. */
export const commonFlagsOfAll = {
  ...commonFlags,
  'data-dir': Flags.string({
    ...dataDir,
    default: [DEFAULT_DATA_DIR],
    defaultHelp: async () => DEFAULT_DATA_DIR,
    multiple: true,
    summary: 'Directory of the graphs. May be repeated with --all.',
  }) as Interfaces.OptionFlag<string[]>,
}

/** Graph of a command. */
export const repoFlag = {
  repo: Flags.string({
    aliases: ['graph'],
    char: 'r',
    charAliases: ['g'],
    env: 'LOGSEQ_CLI_REPO',
    helpValue: 'NAME',
    summary: 'Name of the graph. `demo` and `logseq_db_demo` are the same graph.',
  }),
}

/** Timeout of a start, stop or restart. */
export const timeoutFlag = {
  timeout: time('timeout')({
    default: DEFAULT_TIMEOUT_MS,
    defaultHelp: async () => '30s',
    env: 'LOGSEQ_CLI_TIMEOUT_MS',
    summary: 'Maximum time to wait for a start or stop: 30s, 500ms, 2m, or a number of ms.',
  }),
}

/** Timeout of a request to the server. */
export const queryTimeoutFlag = {
  'query-timeout': time('query-timeout')({
    summary: 'Maximum time to wait for the response: 30s, 500ms, 2m, or a number of ms. Default: 30s.',
  }),
}

/** Overrides checks that the user may know to be wrong. */
export const forceFlag = {
  force: Flags.boolean({
    summary: 'Proceed even if the lock file names another machine, or another user owns the directory.',
  }),
}

/** Flags of commands that replace a graph's database by a file. */
export const damageForceFlag = {
  force: Flags.boolean({
    summary:
      'Proceed even if the file is damaged, the lock file names another machine, or another user owns the directory.',
  }),
}

/** Flags of commands that can remove a user's own backups. */
export const keepFlag = {
  keep: Flags.custom<number>({parse: parsedBy(FLAG_VALUES.keep)})({
    helpValue: 'N',
    summary: 'Remove your own backups except the newest N intact ones.',
  }),
}

/** Flag of commands that ask for confirmation on a terminal. */
export const yesFlag = {
  yes: Flags.boolean({char: 'y', summary: 'Do not ask for confirmation.'}),
}

/** File to restore. */
export const fileFlag = {
  file: Flags.string({
    helpValue: 'PATH',
    parse: parsedBy(FLAG_VALUES.file),
    summary: 'Restore this database file instead of a backup.',
  }),
}

/** Flags of commands that start a server. */
export const workerFlag = {
  'idle-timeout': Flags.custom<number>({parse: parsedBy(FLAG_VALUES['idle-timeout'])})({
    env: 'LOGSEQ_CLI_IDLE_TIMEOUT',
    helpGroup: 'ADVANCED',
    helpValue: 'TIME',
    summary: 'Time without use after which a new server ends: 30m, 2h, or 0 for never. Default: 0.',
  }),
  'worker-script': Flags.string({
    env: 'LOGSEQ_DB_WORKER_NODE_SCRIPT',
    helpGroup: 'ADVANCED',
    helpValue: 'PATH',
    parse: parsedBy(FLAG_VALUES['worker-script']),
    summary: 'Start this server script instead of the built-in one.',
  }),
}

/** Log level of start and restart. */
export const logLevelFlag = {
  'log-level': Flags.option({
    helpGroup: 'ADVANCED',
    options: LOG_LEVELS,
    summary: 'Log level of a new server; debug logs each request. Default: info.',
  })(),
}

/** Flags of commands that start a server for an app. */
export const leaseFlags = {
  lifetime: Flags.option({
    helpGroup: 'ADVANCED',
    options: ['leased', 'persistent'] as const,
    summary:
      'Lifetime of a new server: leased (until no app uses it) or persistent (until it is stopped). Default: persistent.',
  })(),
  'owner-pid': Flags.custom<number>({parse: parsedBy(FLAG_VALUES['owner-pid'])})({
    helpGroup: 'ADVANCED',
    helpValue: 'PID',
    summary: 'Process ID of the app that will own the server.',
  }),
}

/** Flag of start; restart never creates a graph. */
export const createFlag = {
  create: Flags.boolean({summary: 'Create the graph if it does not exist.'}),
}
