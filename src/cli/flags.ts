import * as Flags from '@oclif/core/flags'

import {ServerError} from '../lib/errors.js'
import {DEFAULT_DATA_DIR} from '../lib/graphs/data-dir.js'
import {DEFAULT_TIMEOUT_MS} from '../lib/lifecycle/operation.js'
import {LOG_LEVELS} from '../lib/log-level.js'
import {FLAG_VALUES, type ValueReader} from './flag-values.js'

/** Makes a flag's parser of a reader. The check of the whole line comes first, and has the better sentence. */
export function parsedBy<T>({expected, read}: ValueReader<T>) {
  return async (text: string): Promise<T> => {
    const value = read(text)
    if (value !== undefined) return value
    throw new ServerError('usage', `${JSON.stringify(text)} is not valid; use ${expected}`)
  }
}

const time = (name: 'query-timeout' | 'timeout') =>
  Flags.custom<number>({helpValue: 'TIME', parse: parsedBy(FLAG_VALUES[name])})

/** Flags that every command has. */
export const commonFlags = {
  'data-dir': Flags.string({
    default: DEFAULT_DATA_DIR,
    env: 'LOGSEQ_CLI_DATA_DIR',
    helpGroup: 'GLOBAL',
    helpValue: 'DIR',
    parse: parsedBy(FLAG_VALUES['data-dir']),
    summary: 'Directory that holds the graphs.',
  }),
  debug: Flags.boolean({helpGroup: 'GLOBAL', summary: 'Print each decision and its reason on stderr.'}),
  'owner-id': Flags.string({
    env: 'LOGSEQ_CLI_OWNER_ID',
    helpGroup: 'ADVANCED',
    helpValue: 'ID',
    parse: parsedBy(FLAG_VALUES['owner-id']),
    summary: 'Owner instance ID. Instances with different IDs cannot stop each other’s servers.',
  }),
  'owner-source': Flags.option({
    default: 'cli',
    env: 'LOGSEQ_CLI_OWNER_SOURCE',
    helpGroup: 'ADVANCED',
    options: ['cli', 'electron'] as const,
    summary: 'The side that asks. Only the side that started a server can stop it.',
  })(),
  quiet: Flags.boolean({helpGroup: 'GLOBAL', summary: 'Print nothing but errors and warnings.'}),
  'show-token': Flags.boolean({helpGroup: 'ADVANCED', summary: 'Print the token with which programs call the server.'}),
}

/** The graph that a command is about. */
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

/** How long a command that changes something may take. */
export const timeoutFlag = {
  timeout: time('timeout')({
    default: DEFAULT_TIMEOUT_MS,
    defaultHelp: async () => '30s',
    env: 'LOGSEQ_CLI_TIMEOUT_MS',
    summary: 'Longest time to wait for a start or stop: 30s, 500ms, 2m, or a number of ms.',
  }),
}

/** For commands that ask the server something: how long it may take for the answer. */
export const queryTimeoutFlag = {
  'query-timeout': time('query-timeout')({
    summary: 'Longest time to wait for the answer: 30s, 500ms, 2m, or a number of ms. Default 30s.',
  }),
}

/** For commands that write: the user knows better than the checks. */
export const forceFlag = {
  force: Flags.boolean({
    summary: 'Act although the record names another machine, or the directory belongs to another user.',
  }),
}

/** For commands that put a database file in the place of a graph's. */
export const damageForceFlag = {
  force: Flags.boolean({
    summary:
      'Act although the file is damaged, the record names another machine, or the directory belongs to another user.',
  }),
}

/** For commands that can remove a person's own backups. */
export const keepFlag = {
  keep: Flags.custom<number>({parse: parsedBy(FLAG_VALUES.keep)})({
    helpValue: 'N',
    summary: 'Remove all of your own backups but the newest N that are not damaged.',
  }),
}

/** For restore alone: a file in the place of a backup. */
export const fileFlag = {
  file: Flags.string({
    helpValue: 'PATH',
    parse: parsedBy(FLAG_VALUES.file),
    summary: 'Restore this database file, not a backup.',
  }),
}

/** For commands that start a server. */
export const workerFlag = {
  'worker-script': Flags.string({
    env: 'LOGSEQ_DB_WORKER_NODE_SCRIPT',
    helpGroup: 'ADVANCED',
    helpValue: 'PATH',
    parse: parsedBy(FLAG_VALUES['worker-script']),
    summary: 'Start this server script instead of the built-in one.',
  }),
}

/** For start and restart. */
export const logLevelFlag = {
  'log-level': Flags.option({
    helpGroup: 'ADVANCED',
    options: LOG_LEVELS,
    summary: 'Log level of a new server. Default info; debug logs each request.',
  })(),
}

/** For commands that start a server on behalf of an app. */
export const leaseFlags = {
  lifetime: Flags.option({
    helpGroup: 'ADVANCED',
    options: ['leased', 'persistent'] as const,
    summary: 'How long a new server lives: until no app leases it any more, or (the default) until it is stopped.',
  })(),
  'owner-pid': Flags.custom<number>({parse: parsedBy(FLAG_VALUES['owner-pid'])})({
    helpGroup: 'ADVANCED',
    helpValue: 'PID',
    summary: 'Main process of the app that will own the server.',
  }),
}

/** For start alone: a restart never makes a graph. */
export const createFlag = {
  create: Flags.boolean({summary: 'Make the graph when it is not there.'}),
}
