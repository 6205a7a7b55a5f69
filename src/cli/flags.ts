import * as Flags from '@oclif/core/flags'

import {ServerError} from '../lib/errors.js'
import {DEFAULT_DATA_DIR} from '../lib/graphs/data-dir.js'
import {DEFAULT_TIMEOUT_MS} from '../lib/lifecycle/operation.js'
import {requireOwnerId} from '../lib/lock/owner.js'

/** Longest time that a timer of Node.js can wait, in ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Reads a time as people write it: `30s`, `500ms`, or a number of milliseconds.
 * @throws ServerError `usage`
 */
export function parseTimeout(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim()) ?? []
  const ms = Number(number) * ({m: 60_000, s: 1000}[unit ?? ''] ?? 1)
  if (ms > 0 && ms <= MAX_TIMEOUT_MS) return Math.ceil(ms)
  throw new ServerError('usage', `${JSON.stringify(text)} is not a time-out`, {
    hint: 'Write it as 30s, 500ms, or a number of milliseconds.',
  })
}

const duration = Flags.custom<number>({parse: async (text) => parseTimeout(text)})

/** A path that is there at all: an empty one, of a variable that is not set, would mean the working directory. */
async function parsePath(text: string): Promise<string> {
  if (text !== '') return text
  throw new ServerError('usage', 'An empty path was given', {hint: 'Name the path, or leave the flag out.'})
}

/** Flags that every command has. */
export const commonFlags = {
  'data-dir': Flags.string({
    default: DEFAULT_DATA_DIR,
    env: 'LOGSEQ_CLI_DATA_DIR',
    helpGroup: 'GLOBAL',
    helpValue: 'DIR',
    parse: parsePath,
    summary: 'Directory that holds the graphs.',
  }),
  debug: Flags.boolean({helpGroup: 'GLOBAL', summary: 'Tell on stderr what is decided, and why.'}),
  'owner-id': Flags.string({
    env: 'LOGSEQ_CLI_OWNER_ID',
    helpGroup: 'GLOBAL',
    helpValue: 'ID',
    parse: async (id) => requireOwnerId(id),
    summary: 'Which instance of the side asks: two with different ids do not stop each other’s servers.',
  }),
  'owner-source': Flags.option({
    default: 'cli',
    env: 'LOGSEQ_CLI_OWNER_SOURCE',
    helpGroup: 'GLOBAL',
    options: ['cli', 'electron'] as const,
    summary: 'The side that asks: only the one that started a server may stop it.',
  })(),
  quiet: Flags.boolean({helpGroup: 'GLOBAL', summary: 'Print nothing but errors.'}),
  'show-token': Flags.boolean({helpGroup: 'GLOBAL', summary: 'Show the auth-token with which the server is called.'}),
}

/** The graph that a command is about. */
export const repoFlag = {
  repo: Flags.string({
    aliases: ['graph'],
    char: 'r',
    charAliases: ['g'],
    env: 'LOGSEQ_CLI_REPO',
    helpValue: 'NAME',
    summary: 'Name of the graph; `demo` and `logseq_db_demo` are the same.',
  }),
}

/** How long a command that changes something may take. */
export const timeoutFlag = {
  timeout: duration({
    default: DEFAULT_TIMEOUT_MS,
    defaultHelp: async () => '30s',
    env: 'LOGSEQ_CLI_TIMEOUT_MS',
    helpValue: 'TIME',
    summary: 'How long to wait at the most: 30s, 500ms, or a number of ms.',
  }),
}

/** For commands that write: the user knows better than the checks. */
export const forceFlag = {
  force: Flags.boolean({
    summary: 'Act although the record names another machine, or the directory belongs to another user.',
  }),
}

/** For commands that start a server. */
export const workerFlag = {
  'worker-script': Flags.string({
    env: 'LOGSEQ_DB_WORKER_NODE_SCRIPT',
    helpValue: 'PATH',
    parse: parsePath,
    summary: 'Start this daemon script instead of the built-in one.',
  }),
}

/** For commands that start a server on behalf of an app. */
export const leaseFlags = {
  lifetime: Flags.option({
    options: ['leased', 'persistent'] as const,
    summary: 'How long a new server lives: until no app leases it any more, or (the default) until it is stopped.',
  })(),
  'owner-pid': Flags.integer({
    helpValue: 'PID',
    min: 1,
    summary: 'Main process of the app that will own the server.',
  }),
}

/** For start alone: a restart never makes a graph. */
export const createFlag = {
  create: Flags.boolean({summary: 'Make the graph when it is not there.'}),
}
