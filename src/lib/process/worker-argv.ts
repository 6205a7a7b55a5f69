import {basename} from 'node:path'

/** Names of the server's entry file, with and without extension (npm links it without). */
const ENTRY_NAMES = new Set(['db-worker-node', 'db-worker-node.js'])

/** Node.js flags that take the next word as their value. All other words that start with `-` stand alone. */
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

/** Node.js flags without a script: the program is given as text, or the script runs in another process. */
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

/** Flags of a server's command line. */
export type WorkerFlags = Record<string, string>

/** Parsed command line of a server. */
export interface WorkerCommand {
  flags: WorkerFlags
  script: string
}

/** Splits `--name value` pairs. Other words are skipped, as in Logseq's server. */
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
 * Parses the exact arguments of a process: the script that the runtime runs, and its flags.
 * @returns undefined if no script file is run, as with `node -e`, or `node -`, which reads its program from stdin
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

/** Returns true if a script has the name of the server's entry file. */
export function isWorkerScript(script: string): boolean {
  return ENTRY_NAMES.has(basename(script))
}
