import {basename} from 'node:path'

/** The name of the daemon's entry file, with and without its ending (npm links it without). */
const ENTRY_NAMES = new Set(['db-worker-node', 'db-worker-node.js'])

/** Node.js flags that take the next word as their value. Every other word that begins with `-` stands alone. */
const FLAGS_WITH_VALUE = new Set([
  '--conditions',
  '--env-file',
  '--experimental-loader',
  '--import',
  '--inspect-port',
  '--loader',
  '--require',
  '--title',
  '-C',
  '-r',
])

/** Node.js flags with which this process runs no script: a program text instead, or a script in another process. */
const FLAGS_WITHOUT_SCRIPT = new Set([
  '--check',
  '--eval',
  '--interactive',
  '--print',
  '--test',
  '--watch',
  '-c',
  '-e',
  '-i',
  '-p',
  '-pe',
])

/** What a daemon is told on its command line. */
export type WorkerFlags = Record<string, string>

/** The command line of a daemon, taken apart. */
export interface WorkerCommand {
  flags: WorkerFlags
  script: string
}

/** Splits `--name value` pairs. A word that is no flag ends nothing and is passed over, as Logseq's daemon does. */
export function parseFlags(args: readonly string[]): WorkerFlags {
  const flags: WorkerFlags = {}
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (!word.startsWith('--')) continue
    const next = args[i + 1]
    if (next === undefined || next.startsWith('--')) flags[word.slice(2)] = ''
    else flags[word.slice(2)] = args[++i]!
  }

  return flags
}

/**
 * Takes apart the exact arguments of a process: the script that the runtime runs, and its flags.
 * @returns undefined when no script file is run, as with `node -e`, or `node -`, which reads its program
 */
export function parseCommand(argv: readonly string[]): undefined | WorkerCommand {
  let i = 1
  for (; i < argv.length && argv[i]!.startsWith('-'); i++) {
    const word = argv[i]!
    if (word === '-' || FLAGS_WITHOUT_SCRIPT.has(word.split('=')[0]!)) return undefined
    if (FLAGS_WITH_VALUE.has(word)) i++
  }

  const script = argv[i]
  return script === undefined ? undefined : {flags: parseFlags(argv.slice(i + 1)), script}
}

/** Is this script, by its name, the daemon? */
export function isWorkerScript(script: string): boolean {
  return ENTRY_NAMES.has(basename(script))
}
